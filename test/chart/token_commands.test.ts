import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TokenChange, tokenCommands } from "../../internal/adapters/http/admin_page/token_commands.ts";
import { formatTokens, parseTokens, type TokenEntry } from "../../internal/core/access/token_list.ts";
import type { KubernetesApi, KubernetesObject } from "../../internal/ports/kubernetes.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { NAMESPACES, PODS } from "../adapters/kubernetes/resources.ts";
import { needs, programFile } from "../needs.ts";

const SECRETS = { apiVersion: "v1", plural: "secrets", namespaced: true };
const NAMESPACE = "token-commands";
const CLI = fileURLToPath(new URL("../../cmd/cli/global-cluster.mjs", import.meta.url));
const KEPT: TokenEntry = { name: "old", hash: "0".repeat(64), rights: ["count"], counters: ["*"], expires: null };

interface Secret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** On Kubernetes, the admin page's commands change the Secret that the pod has its tokens from, typed as they are shown. */
describe("what the admin page tells to type about tokens", function () {
  this.timeout(60_000);
  let server: ApiServer;
  let api: KubernetesApi;
  let folder: string;
  before(async function () {
    requireApiServer(this);
    needs(this, "kubectl");
    server = await sharedApiServer();
    api = server.api();
    const how = { fieldManager: "test", force: true };
    await api.apply(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }, how);
    await api.apply(SECRETS, secretWith([KEPT]), how);
    await api.apply(PODS, podWithTokens(), how);
    folder = mkdtempSync(join(tmpdir(), "tokens-"));
  });
  after(async () => {
    if (!folder) return;
    rmSync(folder, { recursive: true, force: true });
    await api.remove(PODS, { namespace: NAMESPACE, name: "visits-6f9" });
    await api.remove(SECRETS, { namespace: NAMESPACE, name: "visits-tokens" });
  });

  it("makes a token beside those that are there, revokes it, and leaves no copy", async () => {
    const create = { action: "create", name: "ci", admin: false, counters: ["blog", "blog/*"], expires: null } as const;
    assert.match(type(create), /^gc_\w{49}$/m);
    assert.deepEqual(
      (await tokens()).map(({ name, counters }) => [name, counters]),
      [
        ["old", ["*"]],
        ["ci", ["blog", "blog/*"]],
      ],
    );
    type({ action: "revoke", name: "ci" });
    assert.deepEqual(await tokens(), [KEPT]);
    assert.ok(!readdirSync(folder).includes("tokens.json"));
  });

  function type(change: TokenChange): string {
    const home = { file: "/etc/global-cluster/tokens/tokens.json", pod: { namespace: NAMESPACE, name: "visits-6f9" } };
    const PATH = [dirname(programFile("kubectl") ?? ""), process.env.PATH].join(delimiter);
    const env = { PATH, HOME: folder, KUBECONFIG: server.kubeconfig };
    const program = `global-cluster() { "${process.execPath}" "${CLI}" "$@"; }`;
    const script = `set -e\n${program}\n${tokenCommands(change, home)}`;
    return execFileSync("bash", ["-c", script], { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
  }

  async function tokens(): Promise<readonly TokenEntry[]> {
    const found = await api.read<Secret>(SECRETS, NAMESPACE, "visits-tokens");
    const list = parseTokens(atob(found?.data?.["tokens.json"] ?? ""));
    assert.ok("tokens" in list, JSON.stringify(list));
    return list.tokens;
  }
});

function secretWith(tokens: readonly TokenEntry[]): KubernetesObject {
  const metadata = { name: "visits-tokens", namespace: NAMESPACE };
  const data = { "tokens.json": btoa(formatTokens(tokens)) };
  return { apiVersion: "v1", kind: "Secret", metadata, data } as KubernetesObject;
}

/** As the operator mounts them. */
function podWithTokens(): KubernetesObject {
  const metadata = { name: "visits-6f9", namespace: NAMESPACE };
  const volumes = [
    { name: "data", emptyDir: {} },
    { name: "tokens", secret: { secretName: "visits-tokens" } },
  ];
  const spec = { containers: [{ name: "counter", image: "none" }], volumes };
  return { apiVersion: "v1", kind: "Pod", metadata, spec } as KubernetesObject;
}
