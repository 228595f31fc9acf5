import assert from "node:assert/strict";
import { RESTARTED_AT } from "../../../internal/core/operator/foreign_edit.ts";
import type { CounterPages, NodeAccount } from "../../../internal/ports/counter_pages.ts";
import type { KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { PODS } from "../../../internal/services/operator/child_kinds.ts";
import { requireApiServer } from "../../adapters/kubernetes/api_server.ts";
import { eventually } from "../../eventually.ts";
import { OperatorWorld, type RunningOperator } from "./operator_world.ts";
import { PlayedPods } from "./played_pods.ts";

const KUBELET = { fieldManager: "a-kubelet", force: true } as const;

describe("operator: a pod that crashed", () => {
  let world: OperatorWorld;
  let running: RunningOperator;
  let played: PlayedPods;
  before(function () {
    requireApiServer(this);
  });
  beforeEach(async () => {
    world = await OperatorWorld.begin();
    running = world.operate({ pages: PAGES });
    await world.make("visits");
    await world.settled(running);
    played = new PlayedPods(world, "visits");
    await played.deployed(2);
    await run("visits-b", RUNS);
    await run("visits-a", RUNS);
  });
  afterEach(async () => {
    played.end();
    await world.end();
  });

  async function run(name: string, status: object): Promise<void> {
    const labels = { ...LABELS, "app.kubernetes.io/instance": "visits" };
    const metadata = { name, namespace: world.namespace, labels };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "counter", image: "c" }] } };
    await world.api.apply<KubernetesObject>(PODS, pod, KUBELET);
    await changes(name, status);
  }

  async function changes(name: string, status: object): Promise<void> {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: world.namespace }, status };
    await world.api.apply<KubernetesObject>(PODS, pod, { ...KUBELET, status: true });
  }

  const spec = async (kind: string) => (await world.child(kind, "visits"))?.spec ?? {};
  const budget = async () => (await spec("PodDisruptionBudget")).maxUnavailable;
  const progress = async () => (await world.condition("visits", "Progressing"))?.reason;

  it("stays until it is back: scaling down waits, and evictions are refused", async () => {
    await changes("visits-a", CRASHED);
    await eventually(async () => (await budget()) === 0);
    await world.make("visits", { replicas: 1 });
    await eventually(async () => (await progress()) === "ScaleDownPostponed");
    await world.settled(running);
    assert.equal((await spec("Deployment")).replicas, 2);
    await changes("visits-a", RUNS);
    await eventually(async () => (await spec("Deployment")).replicas === 1);
    await eventually(async () => (await budget()) === 1);
  });

  it("stays until it is back: a restart that somebody began on the Deployment pauses, and goes on", async () => {
    await changes("visits-a", CRASHED);
    const annotations = { [RESTARTED_AT]: "2026-01-01T00:00:00Z" };
    await world.change("Deployment", "visits", { spec: { template: { metadata: { annotations } } } });
    await played.deployed(3, 1);
    await eventually(async () => (await spec("Deployment")).paused === true);
    await eventually(async () => (await progress()) === "RolloutPostponed");
    await changes("visits-a", RUNS);
    await eventually(async () => !(await spec("Deployment")).paused);
    assert.match(JSON.stringify(await spec("Deployment")), /2026-01-01T00:00:00Z/);
  });

  it("is taken from its ReplicaSet while it waits to be started again, and removed when it is back and replaced", async () => {
    const { uid } = (await world.cluster("visits")).metadata;
    await changes("visits-a", WAITS);
    const detached = await eventually(async () => {
      const pod = await world.api.read<KubernetesObject>(PODS, world.namespace, "visits-a");
      return pod?.metadata.labels?.["pod-template-hash"] === "crashed" ? pod : null;
    });
    assert.deepEqual(
      detached.metadata.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
      [[uid, false]],
    );
    // The ReplicaSet has made another pod, which is not ready yet.
    await played.deployed(2, 2, 1);
    await eventually(async () => (await world.child("PodDisruptionBudget", "visits-crashed"))?.spec?.minAvailable);
    await changes("visits-a", RUNS);
    await world.settled(running);
    assert.ok(await world.api.read(PODS, world.namespace, "visits-a"), "it counts until another pod does");
    await played.deployed(2);
    await eventually(async () => (await world.api.read(PODS, world.namespace, "visits-a")) === null);
    await eventually(async () => (await world.child("PodDisruptionBudget", "visits-crashed")) === null);
  });

  it("does not hold up what the resource asks for once it is taken from its ReplicaSet", async () => {
    await changes("visits-a", WAITS);
    await world.make("visits", { replicas: 1 });
    await eventually(async () => (await spec("Deployment")).replicas === 1);
    assert.ok(await world.api.read(PODS, world.namespace, "visits-a"));
  });

  it("is told of when it is taken away all the same, with the hits that it had pending when it was last heard", async () => {
    await world.settled(running);
    await changes("visits-a", CRASHED);
    await eventually(async () => (await budget()) === 0);
    await world.api.remove(PODS, { name: "visits-a", namespace: world.namespace });
    const [event] = await eventually(async () => {
      const events = await world.events("visits", "PodLost");
      return events.length > 0 ? events : null;
    });
    assert.match(event?.message ?? "", /^visits-a is gone .* It had 500 hits pending when it was last heard/);
    assert.equal(event?.type, "Warning");
    assert.deepEqual(running.lost, [500]);
  });
});

const LABELS = { "app.kubernetes.io/name": "global-cluster", "app.kubernetes.io/component": "counter" };

/** The store takes commits, and one of the pods has much to commit. */
const ACCOUNT: NodeAccount = {
  ...{ ledger: "first", version: 1, leader: "b", store: "ok", storeDetail: "", age: 0, interval: 1 },
  ...{ total: 0n, largest: [] },
  nodes: [
    { id: "a", name: "visits-a", state: "counting", pending: 500, age: 1 },
    { id: "b", name: "visits-b", state: "counting", pending: 0, age: 0 },
  ],
};
const PAGES: CounterPages = { read: async () => ACCOUNT };

const status = (ready: boolean, container: object) => ({
  phase: "Running",
  podIP: "10.7.0.1",
  podIPs: [{ ip: "10.7.0.1" }],
  conditions: [
    { type: "Initialized", status: "True", lastTransitionTime: isoNow(-60_000) },
    { type: "Ready", status: ready ? "True" : "False", lastTransitionTime: isoNow() },
  ],
  containerStatuses: [{ name: "counter", image: "c", imageID: "", ready, restartCount: 1, ...container }],
});
const RUNS = status(true, { state: { running: { startedAt: isoNow() } } });
const KILLED = { terminated: { exitCode: 137, reason: "Error", startedAt: isoNow(), finishedAt: isoNow() } };
const CRASHED = status(false, { state: KILLED });
const WAITS = status(false, { state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: KILLED });

function isoNow(shift = 0): string {
  return new Date(Date.now() + shift).toISOString().replace(/\.\d+/, "");
}
