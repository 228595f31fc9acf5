import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type TokenChange, tokenCommands } from "../../internal/adapters/http/admin_page/token_commands.ts";
import { formatTokens, parseTokens, type TokenEntry } from "../../internal/core/access/token_list.ts";
import type { KubernetesObject } from "../../internal/ports/kubernetes.ts";
import { PODS } from "../adapters/kubernetes/resources.ts";
import { AS_TEST, PersonAtShell, SECRETS } from "./person_at_shell.ts";

const NAMESPACE = "token-commands";
const CLI = fileURLToPath(new URL("../../cmd/cli/global-cluster.mjs", import.meta.url));
const KEPT: TokenEntry = { name: "old", hash: "0".repeat(64), rights: ["count"], counters: ["*"], expires: null };

/** On Kubernetes, the admin page's commands change the Secret that the pod has its tokens from, typed as they are shown. */
describe("what the admin page tells to type about tokens", () => {
  let person: PersonAtShell;
  before(async function () {
    person = await PersonAtShell.begin(this, NAMESPACE);
    await person.api.apply(SECRETS, secretWith([KEPT]), AS_TEST);
    await person.api.apply(PODS, podWithTokens(), AS_TEST);
  });
  after(async () => {
    if (!person) return;
    person.end();
    const { api } = person;
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
    assert.ok(!readdirSync(person.folder).includes("tokens.json"));
  });

  function type(change: TokenChange): string {
    const home = { file: "/etc/global-cluster/tokens/tokens.json", pod: { namespace: NAMESPACE, name: "visits-6f9" } };
    const program = `global-cluster() { "${process.execPath}" "${CLI}" "$@"; }`;
    return person.type(`set -e\n${program}\n${tokenCommands(change, home)}`, "bash");
  }

  async function tokens(): Promise<readonly TokenEntry[]> {
    const list = parseTokens(await person.secret("visits-tokens", "tokens.json"));
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
