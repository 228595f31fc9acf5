import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const DEADLINE_MS = 15_000;

describe("supervisor", function () {
  this.timeout(30_000);
  let directory: string;
  let supervisor: ChildProcess;
  let output: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "supervisor-"));
  });

  afterEach(async () => {
    if (supervisor.exitCode === null && supervisor.signalCode === null) {
      supervisor.kill("SIGKILL");
      await once(supervisor, "exit");
    }
    await until("no node is left", () => [7000, 7001, 7002].every((port) => !isAlive(port)));
    rmSync(directory, { recursive: true });
  });

  it("starts every node with flags of its own, and says where they are and who leads", async () => {
    await start();
    assert.match(output, /node-7000 \(eu-central-1\) is ready: http:\/\/127\.0\.0\.1:7000\n/);
    assert.match(output, /node-7002 \(ap-southeast-1\) is ready: http:\/\/127\.0\.0\.1:7002\n/);
    assert.match(output, /node-7001 leads\n/);
    assert.equal(
      readFileSync(markOf(7001, "flags"), "utf8"),
      `--port 7001 --name node-7001 --region us-east-1 --store sqlite:${join(directory, "store.sqlite")} ` +
        `--data-dir ${join(directory, "node-7001")} --log text`,
    );
  });

  it("drains all nodes on SIGTERM and ends with the largest total that any of them knew", async () => {
    await start();
    supervisor.kill("SIGTERM");
    assert.equal(await exitCode(), 0);
    assert.match(output, /All nodes stopped\. 9007199254740993 visits committed; 3 more hits wait/);
    for (const port of [7000, 7001, 7002]) assert.ok(existsSync(markOf(port, "drained")), `${port} drained`);
  });

  it("takes the copy of Ctrl-C that npm sends for the same keystroke, and a later one as an order to end at once", async () => {
    writeFileSync(join(directory, "node-7000.stuck"), "");
    await start();
    supervisor.kill("SIGINT");
    supervisor.kill("SIGINT");
    await until("the others drained", () => !isAlive(7001) && !isAlive(7002));
    await until("the stuck node was asked once", () => output.split("stuck\n").length === 2);
    assert.ok(isAlive(7000));
    await sleep(600);
    supervisor.kill("SIGINT");
    assert.equal(await exitCode(), 130);
    assert.match(output, /node-7000 ended before it had drained/);
    assert.equal(output.split("stuck\n").length, 2);
  });

  it("starts a killed node again, later each time", async () => {
    await start();
    const first = pidOf(7002);
    process.kill(first, "SIGKILL");
    await until(
      "it is back",
      () => pidOf(7002) !== first && output.split("node-7002 (ap-southeast-1) is ready").length === 3,
    );
    process.kill(pidOf(7002), "SIGKILL");
    await until("it is announced", () =>
      /ended \(SIGKILL\); it starts again in 0\.5 s\n[\s\S]*again in 1 s\n/.test(output),
    );
    assert.ok(isAlive(7000) && isAlive(7001));
    supervisor.kill("SIGTERM");
    assert.equal(await exitCode(), 0);
  });

  it("says it when another node leads, and not when old news of a leader arrives", async () => {
    await start();
    process.kill(pidOf(7001), "SIGKILL");
    await until("the new life leads", () => output.split("node-7001 leads\n").length === 3);
    assert.ok(!output.includes("old news"));
  });

  it("stops everything with exit code 2 when a node says that its settings cannot work", async () => {
    writeFileSync(join(directory, "node-7001.refuse"), "");
    launch();
    assert.equal(await exitCode(), 2);
    assert.match(output, /node-7001 cannot run like this/);
    assert.ok(!isAlive(7000) && !isAlive(7002));
  });

  it("leaves nodes that drain by themselves when it is killed", async () => {
    await start();
    supervisor.kill("SIGKILL");
    await until("all drained", () => [7000, 7001, 7002].every((port) => existsSync(markOf(port, "drained"))));
  });

  async function start(): Promise<void> {
    launch();
    await until("all are ready and one leads", () => output.includes("Ctrl-C stops") && output.includes(" leads\n"));
  }

  function launch(): void {
    output = "";
    const script = fileURLToPath(new URL("./start.ts", import.meta.url));
    supervisor = spawn(process.execPath, [script, directory], { stdio: ["ignore", "pipe", "inherit"] });
    supervisor.stdout?.on("data", (chunk) => {
      output += chunk;
    });
  }

  async function exitCode(): Promise<number | null> {
    await until("the supervisor ended", () => supervisor.exitCode !== null || supervisor.signalCode !== null);
    return supervisor.exitCode;
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!holds()) {
      if (performance.now() > deadline) assert.fail(`waited in vain: ${what}; the output so far:\n${output}`);
      await sleep(20);
    }
  }

  function markOf(port: number, mark: string): string {
    return join(directory, `node-${port}`, mark);
  }

  function pidOf(port: number): number {
    const pid = Number(readFileSync(markOf(port, "pid"), "utf8"));
    assert.ok(pid > 0);
    return pid;
  }

  function isAlive(port: number): boolean {
    if (!existsSync(markOf(port, "pid"))) return false;
    try {
      return process.kill(pidOf(port), 0);
    } catch {
      return false;
    }
  }
});
