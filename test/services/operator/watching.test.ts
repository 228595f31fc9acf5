import assert from "node:assert/strict";
import type { CounterClusterStatus } from "../../../internal/core/operator/counter_cluster.ts";
import { EtcdProcess } from "../../adapters/etcd/etcd_process.ts";
import { requireApiServer } from "../../adapters/kubernetes/api_server.ts";
import { eventually } from "../../eventually.ts";
import { RealCluster } from "../../processes/real_cluster.ts";
import { OperatorWorld, type Specified } from "./operator_world.ts";
import { PlayedPods } from "./played_pods.ts";

describe("operator: the counters' status", () => {
  let world: OperatorWorld;
  let etcd: EtcdProcess;
  let counters: RealCluster;
  let pods: PlayedPods;
  before(async function () {
    requireApiServer(this);
    etcd = await EtcdProcess.start();
    counters = await RealCluster.start({ nodes: 2, store: `etcd://${etcd.endpoint}` });
  });
  beforeEach(async () => {
    world = await OperatorWorld.begin();
    pods = new PlayedPods(world, "visits");
  });
  afterEach(async () => {
    await world.end();
    pods.end();
  });
  after(async () => {
    await counters?.end(false);
    await etcd?.stop();
  });

  const status = async () => (await world.cluster("visits")).status as CounterClusterStatus;
  const until = (what: (status: CounterClusterStatus) => unknown) =>
    eventually(async () => {
      const now = await status();
      return what(now) ? now : null;
    });
  const reason = async (type: "Ready" | "Progressing") => (await world.condition("visits", type))?.reason;

  /** A resource of two pods that both count. */
  async function running(spec: object = {}): Promise<void> {
    await world.make("visits", spec);
    for (const node of counters.nodes) await pods.run(node);
    await eventually(async () => await world.child("Deployment", "visits"));
    await pods.deployed(2);
    await eventually(async () => (await reason("Ready")) === "Counting");
  }

  async function hit(by: number): Promise<void> {
    const [node] = counters.running;
    const url = `${node?.url}/v1/counters/visits/hits?wait=committed`;
    const answers = await Promise.all(Array.from({ length: by }, () => fetch(url, { method: "POST" })));
    assert.ok(answers.every(({ status }) => status === 200));
  }

  it("is in the resource's status, and the ledger in a file for the pods", async () => {
    world.operate({ pages: pods.pages });
    await running();
    await hit(7);
    const { leader, ledgerID, lag } = await until((now) => now.total === "7");
    assert.deepEqual({ leader, lag }, { leader: (await counters.leader()).name, lag: 0 });
    const [view] = await Promise.all(counters.nodes.map((node) => node.view()));
    assert.equal(ledgerID, view?.ledger);
    const note = (await world.child("ConfigMap", "visits-ledger")) as (Specified & { data?: object }) | null;
    assert.deepEqual(note?.data, { ledger: ledgerID });
    await hit(5);
    await until((now) => now.total === "12");
  });

  it("comes from another pod when the leader is gone, and an event names the new leader", async () => {
    world.operate({ pages: pods.pages });
    await running();
    const first = await counters.leader();
    await until((now) => now.leader === first.name);
    await first.kill();
    const [other] = counters.running;
    await until((now) => now.leader === other?.name);
    await eventually(async () => (await world.events("visits", "LeaderChanged")).length > 0);
    const { total } = await status();
    await hit(3);
    await until((now) => BigInt(now.total ?? 0) === BigInt(total ?? 0) + 3n);
    await first.start();
  });

  it("delays new pods and fewer pods while the store is down, even under a new operator", async () => {
    const first = world.operate({ pages: pods.pages });
    await running();
    const before = await world.child("Deployment", "visits");
    await etcd.kill();
    await eventually(async () => (await reason("Ready")) === "StoreAway");
    await world.make("visits", { replicas: 1, image: "counter:2" });
    await eventually(async () => (await reason("Progressing")) === "RolloutPostponed");
    await eventually(async () => (await world.events("visits", "RolloutPostponed")).length > 0);
    await first.operator.stop();
    const second = world.operate({ pages: pods.pages });
    await eventually(() => second.outcomes.length > 3);
    const held = await world.child("Deployment", "visits");
    assert.deepEqual(held?.metadata.generation, before?.metadata.generation, "nothing of its specification changed");
    await etcd.start();
    await eventually(async () => {
      const { replicas, template } = ((await world.child("Deployment", "visits"))?.spec ?? {}) as DeploymentSpec;
      return replicas === 1 && template?.spec.containers[0]?.image === "counter:2";
    });
    await eventually(async () => (await reason("Progressing")) !== "RolloutPostponed");
  });

  it("pauses a rollout that has begun, until the store is back", async () => {
    world.operate({ pages: pods.pages });
    await running();
    const paused = async () => (await world.child("Deployment", "visits"))?.spec?.paused ?? false;
    await pods.deployed(2, 1);
    await eventually(async () => (await reason("Progressing")) === "RollingOut");
    assert.equal(await paused(), false);
    await etcd.kill();
    await eventually(paused);
    await eventually(async () => (await reason("Progressing")) === "RolloutPostponed");
    await etcd.start();
    await eventually(async () => !(await paused()));
    assert.deepEqual(await world.events("visits", "EditedByHand"), []);
  });

  it("includes the last report of a pod that is gone", async () => {
    world.operate({ pages: pods.pages });
    await running();
    const [, leaving] = counters.nodes;
    assert.ok(leaving);
    await pods.leave(leaving, JSON.stringify({ handedOver: 12, left: 0 }));
    const [event] = await eventually(async () => {
      const events = await world.events("visits", "PodDrained");
      return events.length > 0 ? events : null;
    });
    assert.match(event?.message ?? "", /handed 12 hits over/);
  });
});

interface DeploymentSpec {
  readonly replicas?: number;
  readonly template?: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
}
