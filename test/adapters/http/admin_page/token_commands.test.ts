import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TokenChange, tokenCommands } from "../../../../internal/adapters/http/admin_page/token_commands.ts";
import { readTokens } from "../../../../internal/adapters/tokens/token_storage.ts";

const CLI = fileURLToPath(new URL("../../../../cmd/cli/global-cluster.mjs", import.meta.url));
const CREATE: TokenChange = {
  ...{ action: "create", name: "ci", admin: true, counters: ["blog", "blog/*"] },
  expires: "2999-12-31",
};

/** What the admin page shows can be run as it is. */
describe("HTTP: the commands of the page of tokens", () => {
  let folder: string;
  before(() => {
    // A name that a shell would take apart.
    folder = mkdtempSync(join(tmpdir(), "it's $HOME, "));
    const program = `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`;
    writeFileSync(join(folder, "global-cluster"), program, { mode: 0o755 });
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a command in a shell that has `global-cluster`. Returns what it writes. */
  function run(command: string): string {
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    return execFileSync("sh", ["-ec", command], { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
  }

  it("make a token with what was asked for, and revoke it", () => {
    const home = { file: join(folder, "tokens.json"), pod: null };
    assert.match(run(tokenCommands(CREATE, home)), /^gc_\w{49}\n$/);
    const [{ hash: _, ...made } = { hash: "" }] = readTokens(home.file);
    assert.deepEqual(made, {
      ...{ name: "ci", rights: ["count", "admin"], counters: ["blog", "blog/*"] },
      expires: "2999-12-31T00:00:00Z",
    });
    run(tokenCommands({ action: "revoke", name: "ci" }, home));
    assert.deepEqual(readTokens(home.file), []);
  });

  it("change a copy of the Secret, which this very pod names", () => {
    const commands = tokenCommands(CREATE, { file: "/etc/x", pod: { namespace: "web", name: "visits-6f9-x" } });
    assert.match(commands, /^SECRET=\$\(kubectl -n web get pod visits-6f9-x -o jsonpath=/);
    assert.match(
      commands,
      /\nglobal-cluster token create ci --counters 'blog,blog\/\*' --admin .* --tokens tokens\.json\n/,
    );
    assert.match(commands, /\| kubectl -n web apply -f -\nrm tokens\.json$/);
  });
});
