import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Credentials } from "../../../internal/adapters/kubernetes/access.ts";
import { KubernetesClient } from "../../../internal/adapters/kubernetes/client.ts";
import { connectKubernetes, watcherWith } from "../../../internal/adapters/kubernetes/connect.ts";
import { inClusterAccess } from "../../../internal/adapters/kubernetes/kubeconfig.ts";
import { serviceAccountAccess } from "../../../internal/adapters/kubernetes/service_account.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import { KubernetesError, type KubernetesObject, type Resource } from "../../../internal/ports/kubernetes.ts";
import { eventually } from "../../eventually.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { silentLog } from "../../ports/store/store_backends.ts";
import { DroppingProxy } from "../etcd/dropping_proxy.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "./api_server.ts";
import { pod } from "./pods.ts";
import { RecordingHandler } from "./recording_handler.ts";
import { CONFIG_MAPS, type ConfigMap, configMap, NAMESPACES, PODS } from "./resources.ts";
import { letRead } from "./rights.ts";

const OPTIONS = { clock: systemClock, random, logger: silentLog, version: "test" };

const NETWORK_POLICIES: Resource = {
  ...{ apiVersion: "networking.k8s.io/v1", plural: "networkpolicies", namespaced: true },
};

interface Policy extends KubernetesObject {
  readonly spec: { readonly podSelector: object; readonly ingress: readonly { readonly from: readonly object[] }[] };
}

/** Runs `work` as in a pod whose environment names the API server at `endpoint`. */
async function inPod<T>(endpoint: string, work: () => Promise<T>): Promise<T> {
  const [host, port] = endpoint.split(":");
  const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } = process.env;
  Object.assign(process.env, { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port });
  try {
    return await work();
  } finally {
    for (const [name, value] of Object.entries({ KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** For assert.rejects: a KubernetesError with this status and reason whose message has `words`. */
function failsWith(status: number | null, reason: string, words = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof KubernetesError, String(error));
    assert.deepEqual({ status: error.status, reason: error.reason }, { status, reason }, error.message);
    assert.match(error.message, words);
    return true;
  };
}

describe("the Kubernetes API", () => {
  let server: ApiServer;
  let namespace: string;
  before(async function () {
    requireApiServer(this);
    server = await sharedApiServer();
    namespace = await server.namespace("adapter");
  });

  it("creates, reads, lists and removes", async () => {
    const api = server.api();
    const made = await api.create(CONFIG_MAPS, configMap(namespace, "a", { x: "1" }));
    assert.ok(made.metadata.uid);
    assert.deepEqual((await api.read<ConfigMap>(CONFIG_MAPS, namespace, "a"))?.data, { x: "1" });
    const [listed] = await api.list<ConfigMap>(CONFIG_MAPS, { namespace });
    assert.deepEqual([listed?.apiVersion, listed?.kind, listed?.metadata.name], ["v1", "ConfigMap", "a"]);
    await api.remove(CONFIG_MAPS, made.metadata);
    assert.equal(await api.read(CONFIG_MAPS, namespace, "a"), null);
    await api.remove(CONFIG_MAPS, made.metadata);
  });

  it("names itself in its User-Agent", async () => {
    const made = await server.api().create(CONFIG_MAPS, configMap(namespace, "named", { x: "1" }));
    // The API server derives the field manager from the User-Agent if the request names none.
    assert.match(JSON.stringify(made), /"manager":"global-cluster"/);
  });

  it("reads objects without a namespace", async () => {
    assert.equal((await server.api().read(NAMESPACES, "", namespace))?.metadata.name, namespace);
    assert.ok((await server.api().list(NAMESPACES, {})).length > 1);
  });

  it("refuses to create twice, with the API's words and reason", async () => {
    const api = server.api();
    await api.create(CONFIG_MAPS, configMap(namespace, "twice"));
    const again = api.create(CONFIG_MAPS, configMap(namespace, "twice"));
    await assert.rejects(again, failsWith(409, "AlreadyExists", /configmaps "twice" already exists/));
  });

  it("applies as one manager, and refuses fields of another unless forced", async () => {
    const api = server.api();
    const apply = (fieldManager: string, x: string, force = false) =>
      api.apply(CONFIG_MAPS, configMap(namespace, "applied", { x }), { fieldManager, force });
    assert.deepEqual((await apply("one", "1")).data, { x: "1" });
    await assert.rejects(apply("two", "2"), failsWith(409, "Conflict", /conflict with "one".*\.data\.x/));
    assert.deepEqual((await apply("two", "2", true)).data, { x: "2" });
  });

  it("stores nothing in a dry run", async () => {
    const options = { fieldManager: "one", force: false, dryRun: true };
    await server.api().apply(CONFIG_MAPS, configMap(namespace, "tried"), options);
    assert.equal(await server.api().read(CONFIG_MAPS, namespace, "tried"), null);
  });

  it("applies to the status alone", async () => {
    const api = server.api();
    await api.create(PODS, pod(namespace, "running"));
    const started = { ...pod(namespace, "running"), status: { podIP: "10.1.2.3" } };
    const options = { fieldManager: "one", force: true };
    assert.equal((await api.apply(PODS, started, options)).status.podIP, undefined);
    assert.equal((await api.apply(PODS, started, { ...options, status: true })).status.podIP, "10.1.2.3");
  });

  it("replaces the whole object with the fields of all managers, unless it has changed meanwhile", async () => {
    const api = server.api();
    const options = { fieldManager: "one", force: false };
    const before = await api.apply(CONFIG_MAPS, configMap(namespace, "replaced", { x: "1", y: "2" }), options);
    const after = await api.replace(CONFIG_MAPS, { ...before, data: { y: "3" } }, "two");
    assert.deepEqual(after.data, { y: "3" });
    await assert.rejects(api.replace(CONFIG_MAPS, before, "two"), failsWith(409, "Conflict", /modified/));
  });

  it("does not remove another object that now has the name", async () => {
    const api = server.api();
    const first = await api.create(CONFIG_MAPS, configMap(namespace, "reborn"));
    await api.remove(CONFIG_MAPS, first.metadata);
    await api.create(CONFIG_MAPS, configMap(namespace, "reborn"));
    await api.remove(CONFIG_MAPS, first.metadata);
    assert.ok(await api.read(CONFIG_MAPS, namespace, "reborn"));
    await api.remove(CONFIG_MAPS, { namespace, name: "reborn" });
    assert.equal(await api.read(CONFIG_MAPS, namespace, "reborn"), null);
  });

  it("lists more than one response holds", async () => {
    const api = server.api();
    const crowded = await server.namespace("crowded");
    const names = Array.from({ length: 510 }, (_, i) => `map-${1000 + i}`);
    await Promise.all(names.map((name) => api.create(CONFIG_MAPS, configMap(crowded, name))));
    const listed = await api.list(CONFIG_MAPS, { namespace: crowded });
    assert.deepEqual(listed.map(({ metadata }) => metadata.name).sort(), names);
  });

  it("selects by labels", async () => {
    const api = server.api();
    for (const app of ["one", "two"]) {
      const map = configMap(namespace, `labelled-${app}`);
      await api.create(CONFIG_MAPS, { ...map, metadata: { ...map.metadata, labels: { app } } });
    }
    const found = await api.list(CONFIG_MAPS, { namespace, labels: "app=two" });
    assert.deepEqual(
      found.map(({ metadata }) => metadata.name),
      ["labelled-two"],
    );
  });

  it("reports a token that the API server does not know", async () => {
    const stranger = server.api("made-up");
    await assert.rejects(stranger.list(CONFIG_MAPS, { namespace }), failsWith(401, "Unauthorized"));
  });

  it("may do what its service account may, and nothing else", async () => {
    const reader = server.api(await server.serviceAccount(namespace, "pod"));
    await assert.rejects(reader.list(PODS, { namespace }), failsWith(403, "Forbidden", /cannot list resource "pods"/));
    await letRead(server.api(), namespace, "pod", "pods");
    await eventually(() => reader.list(PODS, { namespace }).catch(() => null));
    await assert.rejects(reader.list(CONFIG_MAPS, { namespace }), failsWith(403, "Forbidden"));
  });

  it("ends a request without a response at its deadline", async () => {
    const clock = new ManualClock();
    const api = new KubernetesClient(server.access(), { clock, random, logger: silentLog, version: "test" });
    await api.read(NAMESPACES, "", namespace);
    server.pause();
    const failure = assert.rejects(
      api.read(NAMESPACES, "", namespace),
      failsWith(null, "", /no response within 15000 ms/),
    );
    await clock.advance(15_000);
    await failure.finally(() => server.resume());
  });

  it("reports why the API server is unreachable, and continues when it is back", async () => {
    const api = server.api();
    await api.read(NAMESPACES, "", namespace);
    await server.kill();
    await assert.rejects(
      api.read(NAMESPACES, "", namespace),
      failsWith(null, "", /Cannot reach the Kubernetes API at 127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    );
    await server.start();
    assert.ok(await api.read(NAMESPACES, "", namespace));
  });

  it("trusts no other certificate authority", async () => {
    const { server: url, credentials } = server.access();
    const { ca: _, ...without } = await credentials();
    const access = { server: url, credentials: async () => without };
    const api = new KubernetesClient(access, OPTIONS);
    await assert.rejects(api.list(NAMESPACES, {}), failsWith(null, "", /certificate/));
  });

  it("passes objects unchanged, although the client library's models would drop fields", async () => {
    const api = server.api();
    const ingress = [{ from: [{ podSelector: { matchLabels: { app: "friend" } } }], ports: [{ port: 1 }] }];
    const metadata = { namespace, name: "closed" };
    const policy = { apiVersion: NETWORK_POLICIES.apiVersion, kind: "NetworkPolicy", metadata };
    const object: Policy = { ...policy, spec: { podSelector: {}, ingress } };
    const from = ({ spec }: Policy) => spec.ingress.map((rule) => rule.from);
    const expected = ingress.map((rule) => rule.from);
    const options = { fieldManager: "one", force: true };
    assert.deepEqual(from(await api.apply(NETWORK_POLICIES, object, options)), expected);
    const read = (await api.read<Policy>(NETWORK_POLICIES, namespace, "closed")) as Policy;
    assert.deepEqual(from(read), expected);
    assert.match(read.metadata.creationTimestamp ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(from(await api.replace(NETWORK_POLICIES, read, "two")), expected);
    const [listed] = await api.list<Policy>(NETWORK_POLICIES, { namespace });
    assert.deepEqual(listed && from(listed), expected);
  });

  it("keeps its connections from one request to the next", async () => {
    const proxy = await DroppingProxy.start(Number(server.endpoint.split(":")[1]));
    const api = server.api(undefined, proxy.endpoint);
    for (let request = 0; request < 10; request += 1) await api.read(NAMESPACES, "", namespace);
    // A second one opens if a request is sent before the client has seen the end of the response before.
    assert.ok(proxy.accepted <= 2, `${proxy.accepted} connections`);
    proxy.cut();
    await eventually(() => api.read(NAMESPACES, "", namespace).catch(() => null));
    await proxy.close();
  });

  it("uses a certificate authority that was renewed", async () => {
    const { server: url, credentials } = server.access();
    let given: Credentials = { headers: {} };
    const api = new KubernetesClient({ server: url, credentials: async () => given }, OPTIONS);
    await assert.rejects(api.list(NAMESPACES, {}), failsWith(null, "", /certificate/));
    given = await credentials();
    assert.ok((await api.list(NAMESPACES, {})).length > 0);
  });

  it("never addresses all objects if a name is missing", async () => {
    await assert.rejects(server.api().remove(CONFIG_MAPS, { namespace, name: "" }), RangeError);
    await assert.rejects(server.api().remove(CONFIG_MAPS, { name: "a" }), RangeError);
  });
});

describe("a way to the Kubernetes API", () => {
  let server: ApiServer;
  const folder = mkdtempSync(join(tmpdir(), "service-account-"));
  before(async function () {
    requireApiServer(this);
    server = await sharedApiServer();
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is a kubeconfig", async () => {
    const api = await connectKubernetes(server.kubeconfig, OPTIONS);
    assert.ok(await api.read(NAMESPACES, "", "default"));
    const nowhere = connectKubernetes("/nowhere", OPTIONS);
    await assert.rejects(nowhere, failsWith(null, "", /\/nowhere.*no such file/));
  });

  it("is a pod's service account, as the client library reads it", async () => {
    const namespace = await server.namespace("in-a-pod");
    const token = await server.serviceAccount(namespace, "operator");
    await letRead(server.api(), namespace, "operator", "pods");
    const mount = join(folder, "var/run/secrets/kubernetes.io/serviceaccount");
    mkdirSync(mount, { recursive: true });
    const access = await inPod(server.endpoint, () => inClusterAccess(folder));
    const api = new KubernetesClient(access, OPTIONS);
    await assert.rejects(api.list(PODS, { namespace }), failsWith(null, "", /service account: ENOENT/));
    writeFileSync(join(mount, "ca.crt"), server.ca);
    writeFileSync(join(mount, "token"), token);
    assert.deepEqual(await eventually(() => api.list(PODS, { namespace }).catch(() => null)), []);
    const handler = new RecordingHandler();
    const stop = api.watch(PODS, { namespace }, handler);
    await eventually(() => handler.lists === 1);
    stop();
    assert.deepEqual(handler.failures, []);
  });

  it("is a counter pod's service account, whose token is renewed in place", async () => {
    const namespace = await server.namespace("in-a-pod");
    await letRead(server.api(), namespace, "pod", "pods");
    const token = await server.serviceAccount(namespace, "pod");
    const [host = "", port = ""] = server.endpoint.split(":");
    const access = serviceAccountAccess(host, port, folder);
    const handler = new RecordingHandler();
    const failure = () => eventually(() => handler.failures.shift());
    const watch = () => watcherWith(access, OPTIONS).watch(PODS, { namespace }, handler);
    let stop = watch();
    failsWith(null, "", /Cannot read the pod's service account.*ENOENT/)(await failure());
    stop();
    writeFileSync(join(folder, "ca.crt"), server.ca);
    writeFileSync(join(folder, "token"), "outdated\n");
    stop = watch();
    failsWith(401, "Unauthorized")(await failure());
    writeFileSync(join(folder, "token"), `${token}\n`);
    await eventually(() => handler.lists === 1);
    stop();
  });

  it("to an IPv6 address has brackets around it", () => {
    assert.equal(serviceAccountAccess("fd00::1", "443").server.href, "https://[fd00::1]/");
  });
});
