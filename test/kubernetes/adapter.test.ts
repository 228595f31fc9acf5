import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectKubernetes, connectWith } from "../../internal/adapters/kubernetes/connect.ts";
import { serviceAccountAccess } from "../../internal/adapters/kubernetes/service_account.ts";
import { systemClock } from "../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../internal/adapters/system/system_random.ts";
import { KubernetesError } from "../../internal/ports/kubernetes.ts";
import { eventually } from "../eventually.ts";
import { ManualClock } from "../store/manual_clock.ts";
import { silentLog } from "../store/store_backends.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "./api_server.ts";
import { pod } from "./pods.ts";
import { CONFIG_MAPS, type ConfigMap, configMap, letRead, NAMESPACES, PODS } from "./resources.ts";

/** For assert.rejects: a KubernetesError with this status and reason whose message has `words`. */
function failsWith(status: number | null, reason: string, words = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof KubernetesError, String(error));
    assert.deepEqual({ status: error.status, reason: error.reason }, { status, reason }, error.message);
    assert.match(error.message, words);
    return true;
  };
}

describe("the Kubernetes API", function () {
  this.timeout(90_000);
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

  it("tells its name", async () => {
    const made = await server.api().create(CONFIG_MAPS, configMap(namespace, "named", { x: "1" }));
    // Whoever does not name itself as a field manager is known by its User-Agent.
    assert.match(JSON.stringify(made), /"manager":"global-cluster"/);
  });

  it("reads what has no namespace", async () => {
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

  it("stores nothing that is only tried", async () => {
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

  it("replaces the whole, whoever set what, unless it has changed meanwhile", async () => {
    const api = server.api();
    const options = { fieldManager: "one", force: false };
    const before = await api.apply(CONFIG_MAPS, configMap(namespace, "replaced", { x: "1", y: "2" }), options);
    const after = await api.replace(CONFIG_MAPS, { ...before, data: { y: "3" } }, "two");
    assert.deepEqual(after.data, { y: "3" });
    await assert.rejects(api.replace(CONFIG_MAPS, before, "two"), failsWith(409, "Conflict", /modified/));
  });

  it("does not remove another object that has the name by now", async () => {
    const api = server.api();
    const first = await api.create(CONFIG_MAPS, configMap(namespace, "reborn"));
    await api.remove(CONFIG_MAPS, first.metadata);
    await api.create(CONFIG_MAPS, configMap(namespace, "reborn"));
    await api.remove(CONFIG_MAPS, first.metadata);
    assert.ok(await api.read(CONFIG_MAPS, namespace, "reborn"));
    await api.remove(CONFIG_MAPS, { namespace, name: "reborn" });
    assert.equal(await api.read(CONFIG_MAPS, namespace, "reborn"), null);
  });

  it("lists what one answer does not hold", async () => {
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

  it("is not let in with a token that nobody made, and says so", async () => {
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

  it("ends a request that is not answered in time", async () => {
    const clock = new ManualClock();
    const api = connectWith(server.access(), { clock, random, logger: silentLog, version: "test" });
    await api.read(NAMESPACES, "", namespace);
    server.pause();
    const failure = assert.rejects(
      api.read(NAMESPACES, "", namespace),
      failsWith(null, "", /no answer within 15000 ms/),
    );
    await clock.advance(15_000);
    await failure.finally(() => server.resume());
  });

  it("says what is wrong where nobody answers, and goes on when somebody does", async () => {
    const api = server.api();
    await api.read(NAMESPACES, "", namespace);
    await server.kill();
    await assert.rejects(api.read(NAMESPACES, "", namespace), failsWith(null, "", /127\.0\.0\.1:\d+ was not reached/));
    await server.start();
    assert.ok(await api.read(NAMESPACES, "", namespace));
  });

  it("trusts no other authority", async () => {
    const { server: url, credentials } = server.access();
    const { ca: _, ...without } = await credentials();
    const access = { server: url, credentials: async () => without };
    const api = connectWith(access, { clock: systemClock, random, logger: silentLog, version: "test" });
    await assert.rejects(api.list(NAMESPACES, {}), failsWith(null, "", /certificate/));
  });

  it("never means all objects where a name is missing", async () => {
    await assert.rejects(server.api().remove(CONFIG_MAPS, { namespace, name: "" }), RangeError);
    await assert.rejects(server.api().remove(CONFIG_MAPS, { name: "a" }), RangeError);
  });
});

describe("a way to the Kubernetes API", function () {
  this.timeout(90_000);
  let server: ApiServer;
  const folder = mkdtempSync(join(tmpdir(), "service-account-"));
  before(async function () {
    requireApiServer(this);
    server = await sharedApiServer();
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is a kubeconfig", async () => {
    const options = { clock: systemClock, random, logger: silentLog, version: "test" };
    const api = await connectKubernetes({ ...options, kubeconfig: server.kubeconfig });
    assert.ok(await api.read(NAMESPACES, "", "default"));
    const nowhere = connectKubernetes({ ...options, kubeconfig: "/nowhere" });
    await assert.rejects(nowhere, failsWith(null, "", /\/nowhere.*no such file/));
  });

  it("is a pod's service account, whose token is renewed in place", async () => {
    const namespace = await server.namespace("in-a-pod");
    await letRead(server.api(), namespace, "pod", "pods");
    const token = await server.serviceAccount(namespace, "pod");
    const [host = "", port = ""] = server.endpoint.split(":");
    const access = serviceAccountAccess(host, port, folder);
    const api = connectWith(access, { clock: systemClock, random, logger: silentLog, version: "test" });
    await assert.rejects(api.list(PODS, { namespace }), failsWith(null, "", /service account cannot be read.*ENOENT/));
    writeFileSync(join(folder, "ca.crt"), server.ca);
    writeFileSync(join(folder, "token"), "outdated\n");
    await assert.rejects(api.list(PODS, { namespace }), failsWith(401, "Unauthorized"));
    writeFileSync(join(folder, "token"), `${token}\n`);
    assert.deepEqual(await eventually(() => api.list(PODS, { namespace })), []);
  });

  it("to an IPv6 address has brackets round it", () => {
    assert.equal(serviceAccountAccess("fd00::1", "443").server.href, "https://[fd00::1]/");
  });
});
