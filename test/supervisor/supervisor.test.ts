import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterProcess } from "./cluster_process.ts";

const PORTS = [7000, 7001, 7002] as const;

/** The supervisor with nodes that do as they are told by files, for what real ones do too seldom. */
describe("supervisor", function () {
  this.timeout(30_000);
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

  it("starts every node with flags of its own, and says where they are and who leads", async () => {
    await start();
    const { output } = supervisor;
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
    assert.equal(await supervisor.exitCode(), 0);
    assert.match(supervisor.output, /\nStopping: .* for 25 s at most\. Ctrl-C again ends them at once\.\n/);
    assert.match(supervisor.output, /\nAll nodes stopped\. 9007199254740993 visits committed\.\n$/);
    for (const port of PORTS) assert.ok(existsSync(markOf(port, "drained")), `${port} drained`);
  });

  it("ends with 1 when hits were not committed, and says how many", async () => {
    for (const port of [7000, 7002]) writeFileSync(join(directory, `node-${port}.left`), "");
    await start();
    supervisor.kill("SIGTERM");
    assert.equal(await supervisor.exitCode(), 1);
    assert.match(
      supervisor.output,
      /committed\. 4 hits are not committed: they stay in the journals and are counted at the next start\.\n$/,
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

  it("does not say that all nodes stopped when others go on", async () => {
    writeFileSync(join(directory, "other"), "");
    await start();
    supervisor.kill("SIGTERM");
    assert.equal(await supervisor.exitCode(), 0);
    assert.match(supervisor.output, /\nThe 3 nodes stopped; others go on: node-7003\. 90/);
  });

  it("takes the copy of Ctrl-C that npm sends as the same keystroke, and a later one as an order to end at once", async () => {
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

  it("starts a killed node again, later each time", async () => {
    await start();
    const ready = "node-7002 (ap-southeast-1) is ready";
    process.kill(supervisor.pidOf(7002), "SIGKILL");
    await supervisor.until("it is back", () => supervisor.says(ready) === 2);
    process.kill(supervisor.pidOf(7002), "SIGKILL");
    await supervisor.until("it is back again", () => supervisor.says(ready) === 3);
    assert.match(supervisor.output, /ended \(SIGKILL\); it starts again in 0\.5 s\n[\s\S]*again in 1 s\n/);
    assert.equal(supervisor.says("Ctrl-C stops"), 1);
    assert.equal(supervisor.says("(ap-southeast-1) is ready again: "), 2);
    supervisor.kill("SIGTERM");
    assert.equal(await supervisor.exitCode(), 0);
  });

  it("says it when another node leads, and not when old news of a leader arrives", async () => {
    await start();
    process.kill(supervisor.pidOf(7001), "SIGKILL");
    await supervisor.until("the new life leads", () => supervisor.says("node-7001 leads\n") === 2);
    assert.equal(supervisor.says("old news"), 0);
  });

  it("stops everything with exit code 2 when a node says that its settings cannot work", async () => {
    writeFileSync(join(directory, "node-7001.refuse"), "");
    launch();
    assert.equal(await supervisor.exitCode(), 2);
    assert.match(supervisor.output, /node-7001 cannot run like this \(its reason is above\)/);
    assert.ok(!isAlive(7000) && !isAlive(7002));
  });

  it("says once why no node can run, and of no last hits where nothing ran", async () => {
    for (const port of PORTS) writeFileSync(join(directory, `node-${port}.reason`), "");
    launch();
    assert.equal(await supervisor.exitCode(), 2);
    const words =
      /^Global Cluster: starting 3 nodes, .*\nnode-700\d cannot run like this: it rains \(setting --data-dir\)\n$/;
    assert.match(supervisor.output, words);
  });

  it("leaves nodes that drain by themselves when it is killed", async () => {
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
