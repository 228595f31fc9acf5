import assert from "node:assert/strict";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import type { CounterCluster } from "../../../internal/core/operator/counter_cluster.ts";
import { KubernetesError } from "../../../internal/ports/kubernetes.ts";
import { EventRecorder } from "../../../internal/services/operator/event_recorder.ts";
import { requireApiServer } from "../../adapters/kubernetes/api_server.ts";
import { cluster as sample } from "../../core/operator/samples.ts";
import { eventually } from "../../eventually.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { silentLog as log } from "../../ports/store/store_backends.ts";
import { type EventObject, OperatorWorld } from "./operator_world.ts";
import { PlayedApi } from "./played_api.ts";

describe("operator: its events", () => {
  let world: OperatorWorld;
  let cluster: CounterCluster;
  let recorder: EventRecorder;
  before(function () {
    requireApiServer(this);
  });
  beforeEach(async () => {
    world = await OperatorWorld.begin();
    cluster = await world.make("visits");
    recorder = new EventRecorder({ api: world.api, clock: systemClock, random, logger: log });
  });
  afterEach(() => recorder.stop());

  const drained = (pod: number) =>
    ({ type: "Normal", reason: "PodDrained", message: `visits-${pod} drained` }) as const;

  it("are all there after a burst of one kind", async () => {
    for (let pod = 0; pod < 100; pod += 1) recorder.record(cluster, drained(pod));
    await eventually(() => recorder.waiting === 0);
    const messages = new Set((await world.events("visits", "PodDrained")).map(({ message }) => message));
    assert.equal(messages.size, 100);
  });

  it("count repeats in one Event", async () => {
    const scaled = { type: "Warning", reason: "ScaledByHand", message: "again" } as const;
    for (let time = 0; time < 5; time += 1) recorder.record(cluster, scaled);
    await eventually(async () => (await world.events("visits"))[0]?.count === 5);
    const [event, ...more] = await world.events("visits");
    assert.deepEqual(more, []);
    assert.deepEqual([event?.type, event?.reason, event?.message], ["Warning", "ScaledByHand", "again"]);
    assert.equal(event?.involvedObject.uid, cluster.metadata.uid);
  });

  it("wait for an API server that is down", async () => {
    await world.server.kill();
    recorder.record(cluster, drained(1));
    recorder.record(cluster, drained(2));
    await eventually(() => recorder.waiting === 2);
    await world.server.start();
    await eventually(() => recorder.waiting === 0);
    assert.equal((await world.events("visits")).length, 2);
  });

  it("of a namespace that is gone are dropped", async () => {
    const { metadata } = cluster;
    recorder.record({ ...cluster, metadata: { ...metadata, namespace: "nowhere" } }, drained(1));
    recorder.record(cluster, drained(2));
    await eventually(() => recorder.waiting === 0);
    assert.equal((await world.events("visits")).length, 1);
  });
});

describe("operator: more events than fit in memory", () => {
  const KEPT = 1_000;
  const lost = { type: "Warning", reason: "StoreLost", message: "The store has lost its ledger" } as const;
  let clock: ManualClock;
  let api: PlayedApi;
  let recorder: EventRecorder;
  beforeEach(() => {
    clock = new ManualClock();
    api = new PlayedApi();
    recorder = new EventRecorder({ api, clock, random, logger: log });
  });
  afterEach(() => recorder.stop());

  const told = (message: string) => recorder.record(sample(), { type: "Normal", reason: "PodDrained", message });
  const counts = (message: string) =>
    (api.applied as EventObject[]).filter((event) => event.message === message).map(({ count }) => count);
  async function written(): Promise<void> {
    for (let wait = 0; wait < 100 && recorder.waiting > 0; wait += 1) await clock.advance(1_000);
    assert.equal(recorder.waiting, 0);
  }

  it("are written, and the oldest ones start a new Event when they repeat", async () => {
    for (let pod = 0; pod < KEPT; pod += 1) told(`visits-${pod} drained`);
    await written();
    told("visits-0 drained");
    await written();
    recorder.record(sample(), lost);
    told("visits-0 drained");
    told("visits-1 drained");
    await written();
    assert.deepEqual(counts(lost.message), [1]);
    assert.deepEqual(counts("visits-0 drained"), [1, 2, 3]);
    assert.deepEqual(counts("visits-1 drained"), [1, 1]);
  });

  it("are dropped if none was written yet", async () => {
    api.apply = () => Promise.reject(new KubernetesError("away", null, ""));
    for (let pod = 0; pod < KEPT + 10; pod += 1) told(`visits-${pod} drained`);
    assert.equal(recorder.waiting, KEPT);
  });
});
