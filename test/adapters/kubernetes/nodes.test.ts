import assert from "node:assert/strict";
import type { KubernetesApi } from "../../../internal/ports/kubernetes.ts";
import { freePorts } from "../../free_port.ts";
import type { NodeProcess } from "../../processes/node_process.ts";
import { RealCluster } from "../../processes/real_cluster.ts";
import { EtcdProcess } from "../etcd/etcd_process.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "./api_server.ts";
import { pod } from "./pods.ts";
import { PODS } from "./resources.ts";

/** Real nodes that find each other as pods, whose addresses are on the loopback interface. */
describe("nodes in pods", function () {
  this.timeout(120_000);
  let server: ApiServer;
  let admin: KubernetesApi;
  let etcd: EtcdProcess;
  let namespace: string;
  let cluster: RealCluster;
  const { KUBECONFIG } = process.env;

  before(async function () {
    requireApiServer(this);
    server = await sharedApiServer();
    admin = server.api();
    etcd = await EtcdProcess.start();
    process.env.KUBECONFIG = server.kubeconfig;
  });
  beforeEach(async () => {
    namespace = await server.namespace("nodes");
    cluster = await startCluster(["n1", "n2", "n3"]);
  });
  afterEach(async function () {
    await cluster.end(this.currentTest?.state === "failed");
  });
  after(async () => {
    if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = KUBECONFIG;
    await etcd?.stop();
  });

  async function startCluster(names: readonly string[]): Promise<RealCluster> {
    const [peerPort] = await freePorts(1);
    const flags = new Map<string, readonly string[]>();
    for (const [i, name] of names.entries()) {
      const podIP = `127.0.1.${i + 1}`;
      const uid = await startPod(name, podIP);
      const listens = ["--peer-host", podIP, "--peer-port", String(peerPort)];
      const found = ["--namespace", namespace, "--pod-selector", "app=visits", "--pod-uid", uid];
      flags.set(name, [...listens, "--discovery", "kubernetes", ...found, "--etcd-prefix", `/${namespace}/`]);
    }
    const store = `etcd://${etcd.endpoint}`;
    return RealCluster.start({ nodes: names.length, store, flags: (name) => flags.get(name) ?? [] });
  }

  async function startPod(name: string, podIP: string): Promise<string> {
    const { metadata } = await admin.create(PODS, pod(namespace, name, { app: "visits" }));
    const started = { ...pod(namespace, name, { app: "visits" }), status: { phase: "Running", podIP } };
    await admin.apply(PODS, started, { fieldManager: "kubelet", force: true, status: true });
    return metadata.uid ?? "";
  }

  async function until(what: string, node: NodeProcess, states: readonly string[]): Promise<void> {
    await cluster.until(what, async () => {
      const shown = (await node.view())?.nodes.map(({ state }) => state) ?? [];
      return shown.sort().join() === [...states].sort().join();
    });
  }

  it("count exactly while the API is down, leaders change, containers restart and nodes leave", async () => {
    const first = await cluster.leader();
    await until("the leader has found all pods", first, ["counting", "counting", "counting"]);
    cluster.load.start();
    await cluster.acknowledged(200);
    await server.kill();
    await first.kill();
    const rest = cluster.running;
    const second = await cluster.leader(rest);
    await until("the next leader goes on with those it knew", second, ["counting", "counting", "unreachable"]);
    await first.start();
    await until("a container is back in its pod", second, ["counting", "counting", "counting"]);
    await cluster.acknowledged(200);
    assert.equal(await second.terminate(), 0);
    await cluster.leader();
    await cluster.acknowledged(200);
    await server.start();
    await second.start();
    await cluster.assertExact();
  });

  it("disappear with their pods, and do not register in the store", async () => {
    const leader = await cluster.leader();
    const leaving = (await cluster.followers())[0];
    assert.ok(leaving);
    assert.equal(await leaving.terminate(), 0);
    await until("its pod is still listed", leader, ["counting", "counting", "unreachable"]);
    await admin.remove(PODS, { namespace, name: leaving.name });
    await until("its pod is gone", leader, ["counting", "counting"]);
    assert.deepEqual(await keysBelow(etcd, `/${namespace}/nodes/`), []);
  });
});

async function keysBelow(etcd: EtcdProcess, prefix: string): Promise<readonly unknown[]> {
  const [key, range_end] = [prefix, `${prefix.slice(0, -1)}0`].map(btoa);
  const body = JSON.stringify({ key, range_end, keys_only: true });
  const answer = await fetch(`http://${etcd.endpoint}/v3/kv/range`, { method: "POST", body });
  const { kvs = [] } = (await answer.json()) as { kvs?: unknown[] };
  return kvs;
}
