import assert from "node:assert/strict";
import type { NodeAccount } from "../../../internal/ports/counter_pages.ts";
import { pod } from "../../core/operator/samples.ts";
import { PlayedWorld } from "./played_world.ts";

const FIRST = { uid: "one", creationTimestamp: "2026-01-01T00:00:00Z" };
const SECOND = { uid: "two", creationTimestamp: "2026-01-01T01:00:00Z" };
/** Milliseconds in which the operator has looked, decided and written more than once. */
const A_WHILE = 10_000;

describe("operator: a resource that is created again", () => {
  let world: PlayedWorld;
  beforeEach(async () => {
    world = new PlayedWorld({ read: async () => ACCOUNT });
    const { api, clock } = world;
    const { metadata, status } = pod("visits-a", "counter", { phase: "Running", podIP: "10.0.0.1" });
    const counter = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, ...CREATED }, status };
    api.handler("pods").changed(api.versioned(counter));
    api.handler("counterclusters").changed(world.made(FIRST));
    await clock.advance(A_WHILE);
    assert.equal(world.statusOf("one")?.ledgerID, "of the first");
  });
  afterEach(() => world.operator.stop());

  const REPLACED: [string, () => void][] = [
    ["at once", () => world.api.handler("counterclusters").deleted(world.made(FIRST))],
    ["while a watch was away", () => {}],
  ];
  for (const [when, goes] of REPLACED) {
    it(`${when} keeps nothing that the earlier resource's counters reported`, async () => {
      const { api, clock } = world;
      const before = api.applied.length;
      goes();
      api.handler("counterclusters").changed(world.made(SECOND));
      await clock.advance(A_WHILE);
      const { ledgerID, total } = world.statusOf("two") ?? { ledgerID: "no status", total: "" };
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
  largest: [],
  nodes: [{ id: "a", name: "visits-a", state: "counting", pending: 0, age: 1 }],
};
