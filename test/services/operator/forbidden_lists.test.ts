import assert from "node:assert/strict";
import type { NodeAccount } from "../../../internal/ports/counter_pages.ts";
import type { KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { pod } from "../../core/operator/samples.ts";
import { PlayedApi } from "./played_api.ts";
import { PlayedWorld } from "./played_world.ts";

describe("operator: a list that it may not read", () => {
  let asked: string[];
  let world: PlayedWorld;
  beforeEach(() => {
    asked = [];
    const answering = {
      read: async (at: string) => {
        asked.push(at);
        return STORE_AWAY;
      },
    };
    world = new PlayedWorld(answering, new PlayedApi(["pods"]));
    world.api.handler("counterclusters").changed(world.made({ uid: "one" }));
  });
  afterEach(() => world.operator.stop());

  it("is waited for while the API server starts: the pods' status may be a reason to change nothing", async () => {
    const { api, clock } = world;
    await clock.advance(3_000);
    assert.deepEqual([api.applied, world.operator.ready()], [[], false]);
    const { metadata, status } = pod("visits-a", "counter", { phase: "Running", podIP: "10.0.0.1" });
    api.handler("pods").listed([{ apiVersion: "v1", kind: "Pod", metadata, status } as KubernetesObject]);
    await clock.advance(1_000);
    assert.deepEqual(asked, ["10.0.0.1:4002"]);
    const healthy = world.statusOf("one")?.conditions?.find(({ type }) => type === "StoreHealthy");
    assert.equal(healthy?.reason, "StoreAway");
  });

  it("is ignored if it stays forbidden", async () => {
    await world.clock.advance(10_000);
    assert.equal(world.operator.ready(), true);
    assert.notDeepEqual(world.api.applied, []);
  });
});

const STORE_AWAY: NodeAccount = {
  ...{ ledger: "l", version: 1, leader: "a", store: "away", storeDetail: "", age: 9, interval: 1 },
  total: 1n,
  largest: [],
  nodes: [],
};
