import assert from "node:assert/strict";
import { systemRandom as random } from "../../../internal/adapters/system/random.ts";
import type { CounterCluster } from "../../../internal/core/operator/counter_cluster.ts";
import type { NodeAccount } from "../../../internal/ports/counter_pages.ts";
import type { KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { Operator } from "../../../internal/services/operator/operator.ts";
import { ManualClock } from "../../store/manual_clock.ts";
import { silentLog as log } from "../../store/store_backends.ts";
import { cluster, pod } from "../core/samples.ts";
import { PlayedApi } from "./played_api.ts";

const FIRST = { uid: "one", creationTimestamp: "2026-01-01T00:00:00Z" };
const SECOND = { uid: "two", creationTimestamp: "2026-01-01T01:00:00Z" };
/** Milliseconds in which the operator has looked, decided and written more than once. */
const A_WHILE = 10_000;

describe("operator: a resource that is made again", () => {
  let clock: ManualClock;
  let api: PlayedApi;
  let operator: Operator;
  beforeEach(async () => {
    clock = new ManualClock();
    api = new PlayedApi();
    const surroundings = { image: "counter:1" };
    const pages = { read: async () => ACCOUNT };
    const usual = { meter: { reconciled: () => {} }, namespaces: null, class: "default" };
    operator = new Operator({ ...usual, api, pages, clock, random, log, surroundings });
    operator.start();
    const { metadata, status } = pod("visits-a", "counter", { phase: "Running", podIP: "10.0.0.1" });
    const counter = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, ...CREATED }, status };
    api.follower("pods").changed(api.versioned(counter));
    api.follower("counterclusters").changed(made(FIRST));
    await clock.advance(A_WHILE);
    assert.equal(statusOf("one")?.ledgerID, "of the first");
  });
  afterEach(() => operator.stop());

  const made = (metadata: typeof FIRST) => {
    const { status: _, ...fresh } = cluster();
    return api.versioned<KubernetesObject>(fresh, metadata);
  };
  const statusOf = (uid: string) =>
    (api.statuses.findLast(({ metadata }) => metadata.uid === uid) as CounterCluster | undefined)?.status;

  const REPLACED: [string, () => void][] = [
    ["at once", () => api.follower("counterclusters").gone(made(FIRST))],
    ["while a watch was away", () => {}],
  ];
  for (const [when, goes] of REPLACED) {
    it(`${when} knows nothing that the counters of the one before told`, async () => {
      const before = api.applied.length;
      goes();
      api.follower("counterclusters").changed(made(SECOND));
      await clock.advance(A_WHILE);
      const { ledgerID, total } = statusOf("two") ?? { ledgerID: "no status", total: "" };
      assert.deepEqual({ ledgerID, total }, { ledgerID: undefined, total: undefined });
      const notes = api.applied.slice(before).filter(({ metadata }) => metadata.name === "visits-ledger");
      assert.deepEqual(notes, []);
    });
  }
});

const CREATED = { creationTimestamp: "2026-01-01T00:00:01Z" };

const ACCOUNT: NodeAccount = {
  ...{ ledger: "of the first", version: 9, leader: "a", store: "ok", storeDetail: "", age: 0, interval: 1 },
  total: 1234n,
  nodes: [{ id: "a", name: "visits-a", state: "counting" }],
};
