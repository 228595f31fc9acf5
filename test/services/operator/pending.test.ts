import assert from "node:assert/strict";
import { isoTime } from "../../../internal/core/iso_time.ts";
import { pod } from "../../core/operator/samples.ts";
import { PlayedWorld } from "./played_world.ts";

describe("operator: a pod that waits for a machine", () => {
  it("needs action after a minute, even if nothing else changes", async () => {
    const world = new PlayedWorld();
    const { api, clock } = world;
    const creationTimestamp = isoTime(clock.wall());
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no cpu" }];
    const { metadata, status } = pod("visits-a", "counter", { phase: "Pending", conditions });
    const waiting = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, creationTimestamp }, status };
    api.handler("pods").changed(api.versioned(waiting));
    api.handler("counterclusters").changed(world.made({ uid: "one", creationTimestamp }));
    const degraded = () => world.statusOf("one")?.conditions?.find(({ type }) => type === "Degraded")?.status;
    await clock.advance(50_000);
    assert.equal(degraded(), "False");
    await clock.advance(20_000);
    assert.equal(degraded(), "True");
    await world.operator.stop();
  });
});
