import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "../../needs.ts";
import { ClusterProcess } from "./cluster_process.ts";

const PORTS = [7000, 7001, 7002] as const;

/** The supervisor with nodes that files control, for events that are rare with real nodes. */
describe("supervisor", () => {
  let directory: string;
  let supervisor: ClusterProcess;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "supervisor-"));
  });

  afterEach(async () => {
    await supervisor.end();
    await supervisor.until("no node is left", () => !PORTS.some(isAlive));
    rmSync(directory, { recursive: true });
  });

  it("starts each node with its own flags, and shows their addresses and the leader", async () => {
    await start();
    const { output } = supervisor;
    assert.match(output, /node-7000 \(eu-central-1\) is ready: http:\/\/127\.0\.0\.1:7000\n/);
    assert.match(output, /node-7002 \(ap-southeast-1\) is ready: http:\/\/127\.0\.0\.1:7002\n/);
    assert.match(output, /node-7001 became leader\n/);
    assert.equal(
      readFileSync(markOf(7001, "flags"), "utf8"),
      `--port 7001 --name node-7001 --region us-east-1 --store sqlite:${join(directory, "store.sqlite")} ` +
        `--data-dir ${join(directory, "node-7001")} --conversion-delay 0s --log text`,
    );
  });

  it("drains all nodes on SIGTERM, and shows the largest total that a node knew", async () => {
    await start();
    supervisor.kill("SIGTERM");
    assert.equal(await supervisor.exitCode(), 0);
    assert.match(supervisor.output, /\nStopping: .* for at most 25 s\. Press Ctrl-C again to stop at once\.\n/);
    assert.match(supervisor.output, /\nAll nodes stopped\. 9007199254740993 visits committed\.\n$/);
    for (const port of PORTS) assert.ok(existsSync(markOf(port, "drained")), `${port} drained`);
  });

  it("ends with 1 if hits were not committed, and says how many", async () => {
    for (const port of [7000, 7002]) writeFileSync(join(directory, `node-${port}.left`), "");
    await start();
    supervisor.kill("SIGTERM");
    assert.equal(await supervisor.exitCode(), 1);
    assert.match(
      supervisor.output,
      /committed\. 4 hits are not committed yet: safe in the journals, and counted after the next start\.\n$/,
    );
  });

  it("says how many hits are lost because nodes have no data directory any more", async () => {
    for (const port of [7000, 7002])
      for (const mark of ["left", "lost"]) writeFileSync(join(directory, `node-${port}.${mark}`), "");
    await start();
    supervisor.kill("SIGTERM");
    assert.equal(await supervisor.exitCode(), 1);
    assert.match(supervisor.output, /committed\. 4 hits are lost: their data directory was deleted or moved\.\n$/);
  });

  it("does not say that all nodes stopped if others are still running", async () => {
    writeFileSync(join(directory, "other"), "");
    await start();
    supervisor.kill("SIGTERM");
    assert.equal(await supervisor.exitCode(), 0);
    assert.match(supervisor.output, /\nThe 3 nodes stopped\. Still running: node-7003\. 90/);
  });

  it("treats npm's copy of Ctrl-C as the same keystroke, and a later Ctrl-C as an order to stop at once", async () => {
    writeFileSync(join(directory, "node-7000.stuck"), "");
    await start();
    supervisor.pressCtrlC();
    await supervisor.until("the others drained", () => !isAlive(7001) && !isAlive(7002));
    await supervisor.until("the stuck node was asked", () => supervisor.says("stuck\n") > 0);
    assert.ok(isAlive(7000));
    await sleep(600);
    supervisor.pressCtrlC();
    assert.equal(await supervisor.exitCode(), 130);
    assert.equal(supervisor.says("node-7000 (eu-central-1) is ready"), 1);
    assert.equal(supervisor.says("node-7000 ended before it had drained"), 1);
    assert.equal(supervisor.says("stuck\n"), 1);
  });

  it("restarts a killed node, with growing delays", async function () {
    needs(this, "ps");
    await start();
    const ready = "node-7002 (ap-southeast-1) is ready";
    process.kill(supervisor.pidOf(7002), "SIGKILL");
    await supervisor.until("it is back", () => supervisor.says(ready) === 2);
    process.kill(supervisor.pidOf(7002), "SIGKILL");
    await supervisor.until("it is back again", () => supervisor.says(ready) === 3);
    assert.match(supervisor.output, /ended \(SIGKILL\); restarting it in 0\.5 s\n[\s\S]*restarting it in 1 s\n/);
    assert.equal(supervisor.says("Ctrl-C stops"), 1);
    assert.equal(supervisor.says("(ap-southeast-1) is ready again: "), 2);
    supervisor.kill("SIGTERM");
    assert.equal(await supervisor.exitCode(), 0);
  });

  it("shows a new leader, but ignores a late report of an old one", async function () {
    needs(this, "ps");
    await start();
    process.kill(supervisor.pidOf(7001), "SIGKILL");
    await supervisor.until("the new life leads", () => supervisor.says("node-7001 became leader\n") === 2);
    assert.equal(supervisor.says("old news"), 0);
  });

  it("stops all nodes with exit code 2 if a node refuses its settings", async () => {
    writeFileSync(join(directory, "node-7001.refuse"), "");
    launch();
    assert.equal(await supervisor.exitCode(), 2);
    assert.match(supervisor.output, /node-7001 cannot start \(the reason is above\)/);
    assert.ok(!isAlive(7000) && !isAlive(7002));
  });

  it("says once why no node can start, and writes no totals", async () => {
    for (const port of PORTS) writeFileSync(join(directory, `node-${port}.reason`), "");
    launch();
    assert.equal(await supervisor.exitCode(), 2);
    const words = /^Global Cluster: starting 3 nodes; .*\nnode-700\d cannot start: it rains \(setting --data-dir\)\n$/;
    assert.match(supervisor.output, words);
  });

  it("leaves nodes that drain when it is killed", async () => {
    await start();
    supervisor.kill("SIGKILL");
    await supervisor.until("all drained", () => PORTS.every((port) => existsSync(markOf(port, "drained"))));
  });

  async function start(): Promise<void> {
    launch();
    await supervisor.ready();
  }

  function launch(): void {
    supervisor = new ClusterProcess("./start.ts", [directory]);
  }

  function markOf(port: number, mark: string): string {
    return join(directory, `node-${port}`, mark);
  }

  function isAlive(port: number): boolean {
    if (!existsSync(markOf(port, "pid"))) return false;
    const pid = Number(readFileSync(markOf(port, "pid"), "utf8"));
    try {
      return pid > 0 && process.kill(pid, 0);
    } catch {
      return false;
    }
  }
});
