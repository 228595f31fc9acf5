import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterProcess, threeFreePorts } from "./cluster_process.ts";

/** `npm start` with the real nodes. */
describe("the start command", function () {
  this.timeout(60_000);
  let directory: string;
  let port: number;
  let cluster: ClusterProcess;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "start-command-"));
    port = await threeFreePorts();
  });
  afterEach(() => cluster.end());
  after(() => rmSync(directory, { recursive: true }));

  it("counts on every node, is stopped by Ctrl-C without a loss, and goes on from the same total", async () => {
    await start();
    for (const node of [0, 1, 2]) await hit(node, 5);
    await stop();
    assert.match(cluster.output, /15 visits committed\.\n/);
    await start();
    await hit(1, 1);
    await counted(2, 16);
  });

  it("starts a killed node again, while the others count", async () => {
    await start();
    const before = await total(0);
    await hit(2, 4);
    process.kill(cluster.pidOf(port + 2), "SIGKILL");
    await hit(0, 1);
    await hit(1, 1);
    await cluster.until("it is back", () => cluster.says(`node-${port + 2} (ap-southeast-1) is ready`) === 2);
    await counted(2, before + 6);
    await hit(2, 1);
    await stop();
    assert.match(cluster.output, new RegExp(`${before + 7} visits committed\\.\n`));
  });

  it("leaves no node behind when it is killed, and loses nothing", async () => {
    await start();
    const before = await total(0);
    for (const node of [0, 1, 2]) await hit(node, 1);
    cluster.kill("SIGKILL");
    await cluster.until("all ports are free", async () => {
      const answers = await Promise.allSettled([0, 1, 2].map(committed));
      return answers.every(({ status }) => status === "rejected");
    });
    await start();
    await counted(1, before + 3);
  });

  it("starts nothing when a port is in use, and says once which and what to do", async () => {
    const other = createServer().listen(port + 1, "127.0.0.1");
    await once(other, "listening");
    launch(join(directory, "new"));
    assert.equal(await cluster.exitCode(), 2);
    other.close();
    assert.match(
      cluster.output,
      new RegExp(`^Not started: port ${port + 1} is in use\\. .* npm start -- --port \\d+ --data-dir \\S+\\n$`),
    );
    assert.equal(existsSync(join(directory, "new")), false);
  });

  it("starts nothing twice on the same ports", async () => {
    await start();
    const again = new ClusterProcess("../../cmd/cluster.ts", ["--port", String(port), "--data-dir", directory]);
    assert.equal(await again.exitCode(), 2);
    const ports = `${port}, ${port + 1}, ${port + 2}`;
    assert.match(again.output, new RegExp(`^Not started: ports ${ports} are in use\\. .*Ctrl-C.*\\n$`));
  });

  function launch(data = directory): void {
    cluster = new ClusterProcess("../../cmd/cluster.ts", ["--port", String(port), "--data-dir", data]);
  }

  async function start(): Promise<void> {
    launch();
    await cluster.ready();
  }

  async function stop(): Promise<void> {
    cluster.pressCtrlC();
    assert.equal(await cluster.exitCode(), 0, cluster.output);
  }

  async function hit(node: number, by: number): Promise<void> {
    const body = JSON.stringify({ by });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${urlOf(node)}/v1/counters/visits/hits`, { method: "POST", body, headers });
    assert.equal(response.status, 200);
  }

  /** The committed total, or null before the node's first snapshot. */
  async function committed(node: number): Promise<number | null> {
    const response = await fetch(`${urlOf(node)}/v1/counters/visits`);
    const body = (await response.json()) as { committed?: number | null };
    return body.committed ?? null;
  }

  async function total(node: number): Promise<number> {
    let known: number | null = null;
    await cluster.until("the node knows the total", async () => {
      known = await committed(node);
      return known !== null;
    });
    return Number(known);
  }

  async function counted(node: number, expected: number): Promise<void> {
    let last: number | null = null;
    await cluster
      .until(`${expected} is committed`, async () => {
        last = await committed(node);
        return last === expected;
      })
      .catch((cause) => assert.fail(`the total is ${last}; ${cause.message}`));
  }

  function urlOf(node: number): string {
    return `http://127.0.0.1:${port + node}`;
  }
});
