import assert from "node:assert/strict";
import type { CounterCluster, CounterClusterStatus } from "../../../internal/core/operator/counter_cluster.ts";
import { StatusWriter } from "../../../internal/services/operator/status_writer.ts";
import { cluster, pod } from "../../core/operator/samples.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { PlayedApi } from "./played_api.ts";
import { PlayedWorld } from "./played_world.ts";

const PAUSE = 3_000;

describe("operator: a status", () => {
  let clock: ManualClock;
  let api: PlayedApi;
  let writer: StatusWriter;
  beforeEach(() => {
    clock = new ManualClock();
    api = new PlayedApi();
    writer = new StatusWriter(api, clock, PAUSE);
  });

  const seen: CounterCluster = cluster();
  const write = (total: string) => writer.write(seen, { observedGeneration: 4, total });
  const totals = () =>
    (api.statuses as unknown as { status: CounterClusterStatus }[]).map(({ status }) => status.total);

  it("is written at once when it changes, and then not for a while", async () => {
    assert.equal(await write("1"), null);
    await clock.advance(1_000);
    assert.equal(await write("2"), PAUSE - 1_000);
    await clock.advance(PAUSE - 1_001);
    assert.equal(await write("3"), 1);
    assert.deepEqual(totals(), ["1"]);
    await clock.advance(1);
    assert.equal(await write("4"), null);
    assert.deepEqual(totals(), ["1", "4"]);
  });

  it("is not written again while it stays the same, even if the cache is older", async () => {
    await write("1");
    await clock.advance(10 * PAUSE);
    assert.equal(await write("1"), null);
    assert.deepEqual(totals(), ["1"]);
  });

  it("is written again after another writer has changed it", async () => {
    await write("1");
    await clock.advance(PAUSE);
    const changed = { ...seen, status: { observedGeneration: 4, total: "9" } };
    assert.equal(await writer.write(changed, { observedGeneration: 4, total: "1" }), null);
    assert.deepEqual(totals(), ["1", "1"]);
  });

  it("whose total keeps growing is written every few seconds", async () => {
    let total = 0n;
    const account = {
      ledger: "l",
      version: 1,
      leader: "a",
      store: "ok",
      storeDetail: "",
      age: 0,
      interval: 1,
    } as const;
    const world = new PlayedWorld({ read: async () => ({ ...account, nodes: [], total: ++total, largest: [] }) });
    const { metadata, status } = pod("visits-a", "counter", { phase: "Running", podIP: "10.0.0.1" });
    world.api.handler("pods").changed(world.api.versioned({ apiVersion: "v1", kind: "Pod", metadata, status }));
    world.api.handler("counterclusters").changed(world.made({ uid: "one" }));
    await world.clock.advance(60_000);
    await world.operator.stop();
    assert.ok(total > 25n, "there was something new to tell more often");
    const { length } = world.api.statuses;
    assert.ok(length > 10 && length <= 21, `${length} in a minute`);
  });
});
