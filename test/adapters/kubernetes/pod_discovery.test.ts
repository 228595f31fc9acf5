import assert from "node:assert/strict";
import { watcherWith } from "../../../internal/adapters/kubernetes/connect.ts";
import { PodDiscovery } from "../../../internal/adapters/kubernetes/pod_discovery.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import { type KubernetesApi, KubernetesError } from "../../../internal/ports/kubernetes.ts";
import type { Logger } from "../../../internal/ports/logger.ts";
import { eventually } from "../../eventually.ts";
import { DroppingProxy } from "../etcd/dropping_proxy.ts";
import { within } from "../etcd/etcd_handles.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "./api_server.ts";
import { type Pod, pod } from "./pods.ts";
import { letRead, PODS, ROLE_BINDINGS } from "./resources.ts";

const OURS = { app: "visits" };

describe("discovering pods", function () {
  this.timeout(90_000);
  let server: ApiServer;
  let admin: KubernetesApi;
  let namespace: string;
  let token: string;
  let proxy: DroppingProxy;
  let discovery: PodDiscovery;
  let connects: number;
  let warnings: string[];

  before(async function () {
    requireApiServer(this);
    server = await sharedApiServer();
    admin = server.api();
  });
  beforeEach(async () => {
    namespace = await server.namespace("pods");
    token = await server.serviceAccount(namespace, "visits");
    await letRead(admin, namespace, "visits", "pods");
    proxy = await DroppingProxy.start(Number(server.endpoint.split(":")[1]));
    connects = 0;
    warnings = [];
    const connect = async () => {
      connects++;
      return watcherWith(server.access(token, proxy.endpoint), { clock, random, logger, version: "test" });
    };
    const logger: Logger = { debug() {}, info() {}, warn: (event) => void warnings.push(event), error() {} };
    const ports = { pages: 4000, peers: 4001 };
    discovery = new PodDiscovery({ clock, logger, namespace, selector: "app=visits", ports, connect });
  });
  afterEach(async () => {
    await discovery.withdraw();
    await proxy.close();
  });

  async function start(name: string, podIP: string, labels: Record<string, string> = OURS): Promise<void> {
    await admin.create(PODS, pod(namespace, name, labels));
    await tell(name, { podIP, phase: "Running" });
  }

  async function tell(name: string, status: object): Promise<void> {
    const options = { fieldManager: "kubelet", force: true, status: true };
    await admin.apply(PODS, { apiVersion: "v1", kind: "Pod", metadata: { namespace, name }, status } as Pod, options);
  }

  async function names(): Promise<string> {
    const members = await discovery.members();
    return members
      .map(({ name }) => name)
      .sort()
      .join();
  }

  /** The first list can be missing when the machine is busy. */
  const eventuallyNames = (expected: string) => eventually(async () => (await names().catch(() => "")) === expected);

  it("lists the pods with our labels that have an address, and watches them", async () => {
    await start("a", "10.0.0.1");
    await start("stranger", "10.0.0.9", { app: "other" });
    await eventuallyNames("a");
    await start("b", "10.0.0.2");
    await eventuallyNames("a,b");
    await tell("a", { podIP: "10.0.0.1", phase: "Failed" });
    await eventuallyNames("b");
    await admin.remove(PODS, { namespace, name: "b" });
    await eventuallyNames("");
    assert.deepEqual([connects, warnings], [1, []]);
  });

  it("knows a pod by its uid", async () => {
    await start("a", "10.0.0.1");
    await eventuallyNames("a");
    const uid = (await admin.read(PODS, namespace, "a"))?.metadata.uid;
    assert.deepEqual(
      (await discovery.members()).map(({ id, peerAddress }) => ({ id, peerAddress })),
      [{ id: uid, peerAddress: "10.0.0.1:4001" }],
    );
  });

  it("asks the API nothing before the first question and after rest(); the next question starts a new watch", async () => {
    await start("a", "10.0.0.1");
    discovery.register({ id: "x", name: "x", region: "x", peerAddress: "x:1", url: "http://x" });
    assert.equal(connects, 0);
    await eventuallyNames("a");
    await start("b", "10.0.0.2");
    await eventuallyNames("a,b");
    discovery.rest();
    await eventually(() => proxy.connections === 0);
    await start("c", "10.0.0.3");
    await eventuallyNames("a,b,c");
    assert.equal(connects, 2);
  });

  it("keeps the last list while the API is down", async () => {
    await start("a", "10.0.0.1");
    await eventuallyNames("a");
    const [api, before] = [server.endpoint, proxy.endpoint].map((endpoint) => Number(endpoint.split(":")[1]));
    await proxy.close();
    await eventually(() => warnings.length > 0);
    assert.equal(await within(100, names()), "a");
    await start("b", "10.0.0.2");
    proxy = await DroppingProxy.start(Number(api), before);
    await eventuallyNames("a,b");
  });

  it("keeps the last list when it may no longer read it", async () => {
    await start("a", "10.0.0.1");
    await eventuallyNames("a");
    await admin.remove(ROLE_BINDINGS, { namespace, name: "visits-reads-pods" });
    proxy.cut();
    await eventually(() => warnings.length > 0);
    assert.deepEqual([await within(100, names()), warnings], ["a", ["cannot watch pods; the last list stays in use"]]);
  });

  it("reports why there is no list, and answers at once", async () => {
    await admin.remove(ROLE_BINDINGS, { namespace, name: "visits-reads-pods" });
    const forbidden = (error: unknown) => error instanceof KubernetesError && error.status === 403;
    await eventually(() => discovery.members().then(() => false, forbidden));
    await assert.rejects(within(100, discovery.members()), forbidden);
  });

  it("stops waiting for a first list that does not come", async () => {
    proxy.stall();
    await assert.rejects(within(3_000, discovery.members()), /has not listed the pods yet/);
    await assert.rejects(within(100, discovery.members()), /has not listed the pods yet/);
  });

  it("reports why it cannot connect", async () => {
    const connect = async () => {
      throw new KubernetesError("no way there", null, "");
    };
    const ports = { pages: 1, peers: 2 };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const lost = new PodDiscovery({ clock, logger: log, namespace, selector: "a=b", ports, connect });
    await assert.rejects(lost.members(), /no way there/);
  });
});
