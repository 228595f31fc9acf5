import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { needs } from "../needs.ts";
import { example, ROOT } from "./examples.ts";

/** The systemd unit and the compose file of docs/deploy.md: checked by their own tools, and their commands started. */
describe("files for one machine", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "deploy-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const unit = () => example("global-cluster.service", [["/opt/global-cluster", ROOT]]);

  it("the unit is valid for systemd", function () {
    needs(this, "systemd-analyze");
    const file = join(folder, "global-cluster.service");
    writeFileSync(file, unit());
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    // Unknown keys are only warnings there.
    assert.deepEqual([status, stderr], [0, ""]);
  });

  it("the unit's command serves with the unit's settings", async () => {
    const lines = unit().split("\n");
    const valuesOf = (key: string) =>
      lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
    const [program = "", ...args] = valuesOf("ExecStart")[0]?.split(" ") ?? [];
    const env = Object.fromEntries(valuesOf("Environment").map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
    await serves(program, args, moved(env, "/var/lib/global-cluster"));
  });

  it("the compose file is valid", function () {
    needs(this, "check-jsonschema");
    const file = join(ROOT, "docs/examples/compose.yaml");
    const args = ["--builtin-schema", "vendor.compose-spec", file];
    const { status, stdout } = spawnSync("check-jsonschema", args, { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  it("the compose file's command serves with its settings", async () => {
    const { services } = load(example("compose.yaml", [])) as {
      services: { counter: { command: string[]; environment: Record<string, string> } };
    };
    const { command, environment } = services.counter;
    await serves(process.execPath, command, moved(environment, "/data"));
  });

  /** `env` with another folder, because `path` belongs to root here. */
  function moved(env: Readonly<Record<string, string>>, path: string): Record<string, string> {
    const text = JSON.stringify(env);
    assert.ok(text.includes(path), `${text} has no ${path}`);
    return JSON.parse(text.replaceAll(path, folder));
  }

  async function serves(program: string, args: readonly string[], env: Record<string, string>): Promise<void> {
    const [port, admin] = [await freePort(), await freePort()];
    assert.equal(env.GLOBAL_CLUSTER_ADMIN_PORT, "14000");
    const ports = { GLOBAL_CLUSTER_PORT: String(port), GLOBAL_CLUSTER_ADMIN_PORT: String(admin) };
    const options = { cwd: ROOT, env: { ...env, ...ports }, stdio: "ignore" } as const;
    const child: ChildProcess = spawn(program, args, options);
    const ended = once(child, "exit");
    try {
      const ready = () =>
        fetch(`http://127.0.0.1:${admin}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        );
      await eventually(ready);
      assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 404);
      const { nodes } = (await (await fetch(`http://127.0.0.1:${port}/v1/cluster`)).json()) as {
        nodes: { url: string }[];
      };
      assert.deepEqual(
        nodes.map(({ url }) => url),
        ["https://counter.example.com"],
      );
    } finally {
      child.kill("SIGTERM");
    }
    assert.deepEqual(await ended, [0, null]);
  }
});
