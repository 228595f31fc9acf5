import assert from "node:assert/strict";
import { watcherWith } from "../../../internal/adapters/kubernetes/connect.ts";
import { EndpointDiscovery } from "../../../internal/adapters/kubernetes/endpoint_discovery.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import { type KubernetesApi, KubernetesError } from "../../../internal/ports/kubernetes.ts";
import type { Logger } from "../../../internal/ports/logger.ts";
import { eventually } from "../../eventually.ts";
import { DroppingProxy } from "../etcd/dropping_proxy.ts";
import { within } from "../etcd/etcd_handles.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "./api_server.ts";
import { ENDPOINT_SLICES, PODS, ROLE_BINDINGS } from "./resources.ts";
import { letRead, rightsInForce } from "./rights.ts";

/** Without waiting for a list, which takes a second if none comes. */
const AT_ONCE_MS = 800;

describe("discovering pods behind a Service", () => {
  let server: ApiServer;
  let admin: KubernetesApi;
  let namespace: string;
  let token: string;
  let proxy: DroppingProxy;
  let discovery: EndpointDiscovery;
  let connects: number;
  let warnings: string[];

  before(async function () {
    requireApiServer(this);
    server = await sharedApiServer();
    admin = server.api();
  });
  beforeEach(async () => {
    namespace = await server.namespace("pods");
    await slice("visits-peers-0", { self: "10.0.0.8" });
    token = await server.serviceAccount(namespace, "visits");
    await letRead(admin, namespace, "visits", "endpointslices", "discovery.k8s.io");
    proxy = await DroppingProxy.start(Number(server.endpoint.split(":")[1]));
    connects = 0;
    warnings = [];
    const connect = async () => {
      connects++;
      return watcherWith(server.access(token, proxy.endpoint), { clock, random, logger, version: "test" });
    };
    const logger: Logger = { debug() {}, info() {}, warn: (event) => void warnings.push(event), error() {} };
    const ports = { pages: 4000, peers: 4001 };
    discovery = new EndpointDiscovery({
      clock,
      logger,
      namespace,
      service: "visits-peers",
      self: "uid of self",
      ports,
      connect,
    });
  });
  afterEach(async () => {
    await discovery.withdraw();
    await proxy.close();
  });

  /** Writes a slice as Kubernetes does, with one endpoint for each name. */
  async function slice(name: string, endpoints: Readonly<Record<string, string>>, service = "visits-peers") {
    const labels = { "kubernetes.io/service-name": service };
    const object = {
      ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { namespace, name, labels } },
      ...{ addressType: "IPv4", ports: [{ name: "peer", port: 4001, protocol: "TCP" }] },
      endpoints: Object.entries(endpoints).map(([pod, address]) => ({
        addresses: [address],
        conditions: { ready: true, serving: false, terminating: false },
        targetRef: { kind: "Pod", namespace, name: pod, uid: `uid of ${pod}` },
      })),
    };
    await admin.apply(ENDPOINT_SLICES, object, { fieldManager: "endpointslice-controller", force: true });
  }

  async function names(): Promise<string> {
    const members = await discovery.members();
    return members
      .map(({ name }) => name)
      .filter((name) => name !== "self")
      .sort()
      .join();
  }

  /** The first list can be missing when the machine is busy. */
  const eventuallyNames = (expected: string) => eventually(async () => (await names().catch(() => "")) === expected);

  it("lists the endpoints of our Service in all of its slices, and watches them", async () => {
    await slice("visits-peers-1", { a: "10.0.0.1" });
    await slice("other-1", { stranger: "10.0.0.9" }, "other");
    await eventuallyNames("a");
    await slice("visits-peers-1", { a: "10.0.0.1", b: "10.0.0.2" });
    await slice("visits-peers-2", { c: "10.0.0.3" });
    await eventuallyNames("a,b,c");
    await slice("visits-peers-1", { b: "10.0.0.2" });
    await eventuallyNames("b,c");
    await admin.remove(ENDPOINT_SLICES, { namespace, name: "visits-peers-2" });
    await eventuallyNames("b");
    await slice("visits-peers-1", {});
    await eventuallyNames("");
    assert.deepEqual([connects, warnings], [1, []]);
  });

  it("knows a pod by its uid", async () => {
    await slice("visits-peers-1", { a: "10.0.0.1" });
    await eventuallyNames("a");
    assert.deepEqual((await discovery.members()).map(({ id, peerAddress }) => `${id} at ${peerAddress}`).sort(), [
      "uid of a at 10.0.0.1:4001",
      "uid of self at 10.0.0.8:4001",
    ]);
  });

  it("does not take a list without this pod for the whole list", async () => {
    await admin.remove(ENDPOINT_SLICES, { namespace, name: "visits-peers-0" });
    const incomplete = /visits-peers do not include this pod yet/;
    await assert.rejects(discovery.members(), incomplete);
    await slice("visits-peers-1", { a: "10.0.0.1" });
    await assert.rejects(discovery.members(), incomplete);
    await slice("visits-peers-0", { self: "10.0.0.8" });
    await eventuallyNames("a");
    // As when somebody deletes the Service.
    await admin.remove(ENDPOINT_SLICES, { namespace, name: "visits-peers-0" });
    await admin.remove(ENDPOINT_SLICES, { namespace, name: "visits-peers-1" });
    await eventually(() =>
      discovery.members().then(
        () => false,
        (error: Error) => incomplete.test(error.message),
      ),
    );
  });

  it("needs no permission to read pods", async () => {
    await slice("visits-peers-1", { a: "10.0.0.1" });
    await eventuallyNames("a");
    const forbidden = (error: unknown) => error instanceof KubernetesError && error.status === 403;
    await assert.rejects(server.api(token).list(PODS, { namespace }), forbidden);
  });

  it("asks the API nothing before the first question and after rest(); the next question starts a new watch", async () => {
    await slice("visits-peers-a", { a: "10.0.0.1" });
    discovery.register({ id: "x", name: "x", region: "x", peerAddress: "x:1", url: "http://x" });
    assert.equal(connects, 0);
    await eventuallyNames("a");
    await slice("visits-peers-b", { b: "10.0.0.2" });
    await eventuallyNames("a,b");
    discovery.rest();
    await eventually(() => proxy.connections === 0);
    await slice("visits-peers-c", { c: "10.0.0.3" });
    await eventuallyNames("a,b,c");
    assert.equal(connects, 2);
  });

  it("keeps the last list while the API is down", async () => {
    await slice("visits-peers-a", { a: "10.0.0.1" });
    await eventuallyNames("a");
    const [api, before] = [server.endpoint, proxy.endpoint].map((endpoint) => Number(endpoint.split(":")[1]));
    await proxy.close();
    await eventually(() => warnings.length > 0);
    assert.equal(await within(AT_ONCE_MS, names()), "a");
    await slice("visits-peers-b", { b: "10.0.0.2" });
    proxy = await DroppingProxy.start(Number(api), before);
    await eventuallyNames("a,b");
  });

  it("keeps the last list when it may no longer read it", async () => {
    await slice("visits-peers-a", { a: "10.0.0.1" });
    await eventuallyNames("a");
    await admin.remove(ROLE_BINDINGS, { namespace, name: "visits-reads-endpointslices" });
    await rightsInForce(admin);
    proxy.cut();
    await eventually(() => warnings.length > 0);
    assert.deepEqual(
      [await within(AT_ONCE_MS, names()), warnings],
      ["a", ["cannot watch endpoints; the last list stays in use"]],
    );
  });

  it("reports why there is no list, and answers at once", async () => {
    await admin.remove(ROLE_BINDINGS, { namespace, name: "visits-reads-endpointslices" });
    await rightsInForce(admin);
    const forbidden = (error: unknown) => error instanceof KubernetesError && error.status === 403;
    await eventually(() => discovery.members().then(() => false, forbidden));
    await assert.rejects(within(AT_ONCE_MS, discovery.members()), forbidden);
  });

  it("stops waiting for a first list that does not come", async () => {
    proxy.stall();
    await assert.rejects(within(10_000, discovery.members()), /has not listed the endpoints yet/);
    await assert.rejects(within(AT_ONCE_MS, discovery.members()), /has not listed the endpoints yet/);
  });

  it("reports why it cannot connect", async () => {
    const connect = async () => {
      throw new KubernetesError("no way there", null, "");
    };
    const ports = { pages: 1, peers: 2 };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const lost = new EndpointDiscovery({ clock, logger: log, namespace, service: "a", self: "a", ports, connect });
    await assert.rejects(lost.members(), /no way there/);
  });
});
