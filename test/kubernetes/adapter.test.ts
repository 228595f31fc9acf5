import assert from "node:assert/strict";
import { KubernetesError } from "../../internal/ports/kubernetes.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "./api_server.ts";
import { CONFIG_MAPS, type ConfigMap, configMap, NAMESPACES } from "./resources.ts";

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
});
