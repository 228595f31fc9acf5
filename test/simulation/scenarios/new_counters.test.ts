import assert from "node:assert/strict";
import { SETTINGS, SimCluster } from "../cluster.ts";
import { acknowledged, endsExactly } from "./story.ts";

/** The cap of counters holds also for names that come at the same moment. */
describe("histories: new counters", () => {
  it("new names that come in one turn share the room that is left", async () => {
    const limits = { counters: 20, bytes: 1 << 20 };
    const cluster = new SimCluster(1, "etcd", { settings: { ...SETTINGS, leader: { ...SETTINGS.leader, limits } } });
    const node = cluster.machine("node");
    cluster.start(node);
    await cluster.run(2_000);
    for (let i = 0; i < 100; i++) cluster.hit(node, `name-${i}`);
    await cluster.run(10);
    assert.equal(acknowledged(cluster), 20);
    await endsExactly(cluster);
  });
});
