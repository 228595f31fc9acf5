import assert from "node:assert/strict";
import { statusText } from "../../../internal/adapters/grpc/status_text.ts";

/** A failed call is told in plain words, not in those of gRPC. */
describe("what a call to a peer says when it fails", () => {
  for (const [code, details, words] of [
    [4, "Deadline exceeded after 1.501s,LB pick: 0.002s", "DEADLINE_EXCEEDED: no answer within 1.501 s"],
    [1, "Cancelled on client", "CANCELLED: closed on this side"],
    [14, "connect ECONNREFUSED 127.0.0.1:1", "UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:1"],
  ] as const)
    it(details, () => assert.equal(statusText(code, details), words));
});
