import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KubernetesApi, KubernetesObject } from "../../internal/ports/kubernetes.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { NAMESPACES } from "../adapters/kubernetes/resources.ts";
import { COUNTER_CLUSTERS, installDefinition } from "../core/operator/installed_definition.ts";
import { needs, programFile } from "../needs.ts";
import { MANIFESTS } from "./manifests.ts";

const SECRETS = { apiVersion: "v1", plural: "secrets", namespaced: true };
const NAMESPACE = "global-cluster";
const CERTIFICATES = ["ca.crt", "tls.crt", "tls.key"];

interface Secret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** The commands in the examples do what they say, typed word by word. */
describe("what an example tells to type", function () {
  this.timeout(60_000);
  let server: ApiServer;
  let api: KubernetesApi;
  let folder: string;
  before(async function () {
    requireApiServer(this);
    needs(this, "kubectl");
    server = await sharedApiServer();
    api = server.api();
    await installDefinition(api);
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
    await api.apply(NAMESPACES, namespace, { fieldManager: "test", force: true });
    folder = mkdtempSync(join(tmpdir(), "example-"));
    symlinkSync(fileURLToPath(MANIFESTS), join(folder, "k8s"));
    for (const file of CERTIFICATES) writeFileSync(join(folder, file), `the ${file}`);
  });
  after(async () => {
    if (!folder) return;
    rmSync(folder, { recursive: true, force: true });
    for (const name of ["etcd-client", "etcd-user"]) await api.remove(SECRETS, { namespace: NAMESPACE, name });
    await api.remove(COUNTER_CLUSTERS, { namespace: NAMESPACE, name: "visits" });
  });

  it("makes a counter on an external etcd, and Secrets with what its pods read", async () => {
    const commands = commandsIn("examples/external_etcd.yaml");
    for (const command of commands) type(command);
    assert.equal(commands.length, 3);
    assert.ok(await api.read(COUNTER_CLUSTERS, NAMESPACE, "visits"));
    for (const file of CERTIFICATES) assert.equal(await secret("etcd-client", file), `the ${file}`);
    assert.equal(await secret("etcd-user", "username"), "counter");
    assert.equal(await secret("etcd-user", "password"), "change-me");
  });

  function type(command: string): void {
    const PATH = [dirname(programFile("kubectl") ?? ""), process.env.PATH].join(delimiter);
    const env = { PATH, HOME: folder, KUBECONFIG: server.kubeconfig };
    execFileSync("sh", ["-c", command], { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
  }

  async function secret(name: string, key: string): Promise<string> {
    const found = await api.read<Secret>(SECRETS, NAMESPACE, name);
    return atob(found?.data?.[key] ?? "");
  }
});

function commandsIn(file: string): string[] {
  const lines = readFileSync(new URL(file, MANIFESTS), "utf8").split("\n");
  return lines.filter((line) => line.startsWith("#   kubectl ")).map((line) => line.slice(1).trim());
}
