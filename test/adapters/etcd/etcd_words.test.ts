import assert from "node:assert/strict";
import { callText } from "../../../internal/adapters/etcd/call_failure.ts";

/** A failed call to etcd is told in plain words, not in those of gRPC. */
describe("what a call to etcd says when it fails", () => {
  for (const [details, words] of [
    ["Deadline exceeded after 1.501s,LB pick: 0.002s,remote_addr=127.0.0.1:2379", "no answer within 1.501 s"],
    ["Deadline exceeded after 0.400s,Waiting on metadata filters", "no answer within 0.4 s"],
    ["Deadline exceeded", "no answer in time"],
    ["Cancelled on client", "the connection was closed on this side"],
    ["etcdserver: no leader", "etcdserver: no leader"],
  ] as const)
    it(`${details}: ${words}`, () => assert.equal(callText(details), words));
});
