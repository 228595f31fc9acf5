import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needs } from "../../needs.ts";
import { ClusterProcess, threeFreePorts } from "./cluster_process.ts";

/** `npm start` with the real nodes. */
describe("the start command", () => {
  let directory: string;
  let port: number;
  let cluster: ClusterProcess;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "start-command-"));
    port = await threeFreePorts();
  });
  afterEach(() => cluster.end());
  after(() => rmSync(directory, { recursive: true }));

  it("counts on every node, stops on Ctrl-C without loss, and continues from the same total", async () => {
    await start();
    for (const node of [0, 1, 2]) await hit(node, 5);
    await stop();
    assert.match(cluster.output, /15 visits committed\.\n/);
    await start();
    await hit(1, 1);
    await counted(2, 16);
  });

  it("makes an admin token once, and says where it is", async () => {
    const data = join(directory, "with-token");
    launch(data);
    await cluster.ready();
    const file = join(data, "admin-token");
    assert.ok(cluster.output.includes(`Made an admin token: ${file}.`), cluster.output);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!readFileSync(join(data, "tokens.json"), "utf8").includes(readFileSync(file, "utf8").trim()));
    const headers = { "content-type": "application/json" };
    const hit = (authorized: object) => {
      const request = { method: "POST", headers: { ...headers, ...authorized }, body: '{"by":1000}' };
      return fetch(`${urlOf(1)}/v1/counters/visits/hits`, request);
    };
    const authorized = { authorization: `Bearer ${readFileSync(file, "utf8").trim()}` };
    assert.deepEqual([(await hit({})).status, (await hit(authorized)).status], [401, 200]);
    await stop();
    launch(data);
    await cluster.ready();
    assert.ok(!cluster.output.includes("Made an admin token"));
    assert.equal((await hit(authorized)).status, 200);
    await stop();
  });

  it("restarts a killed node while the others count", async function () {
    needs(this, "ps");
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

  it("leaves no node running when it is killed, and loses nothing", async () => {
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

  it("starts nothing if a port is in use, and says once which one and what to do", async () => {
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
    const again = new ClusterProcess("../../../cmd/cluster.ts", ["--port", String(port), "--data-dir", directory]);
    assert.equal(await again.exitCode(), 2);
    const ports = `${port}, ${port + 1}, ${port + 2}`;
    assert.match(again.output, new RegExp(`^Not started: ports ${ports} are in use\\. .*Ctrl-C.*\\n$`));
  });

  it("starts nothing on other ports while the directory is in use, and says what to do instead", async () => {
    await start();
    const other = port > 25_000 ? port - 100 : port + 100;
    const again = new ClusterProcess("../../../cmd/cluster.ts", ["--port", String(other), "--data-dir", directory]);
    assert.equal(await again.exitCode(), 2);
    assert.ok(again.output.startsWith(`Not started: another npm start is using the directory ${directory}.\n`));
    assert.ok(again.output.includes(`npm run node -- --port ${other} `), again.output);
    assert.match(again.output, /npm start -- --port \d+ --data-dir \S+\n$/);
    const { nodes } = (await (await fetch(`${urlOf(0)}/v1/cluster`)).json()) as { nodes: { name: string }[] };
    assert.deepEqual(
      nodes.filter(({ name }) => [0, 1, 2].every((node) => name !== `node-${port + node}`)),
      [],
    );
  });

  it("starts again at once after it was killed: its lock ends with it", async () => {
    await start();
    cluster.kill("SIGKILL");
    await cluster.until("all ports are free", async () => {
      const answers = await Promise.allSettled([0, 1, 2].map(committed));
      return answers.every(({ status }) => status === "rejected");
    });
    await start();
  });

  it("gives its nodes the settings that they share", async () => {
    await start("--counters", "visits", "--allowed-origins", "https://a.example", "--host", "0.0.0.0");
    for (const node of [0, 1, 2]) {
      const hit = (counter: string, origin: string) =>
        fetch(`${urlOf(node)}/v1/counters/${counter}/hits`, { method: "POST", headers: { origin } });
      const allowed = await hit("visits", "https://a.example");
      assert.deepEqual(
        [allowed.status, allowed.headers.get("access-control-allow-origin")],
        [200, "https://a.example"],
      );
      assert.equal((await hit("blog", "https://a.example")).status, 403);
      assert.equal((await hit("visits", "https://b.example")).headers.get("access-control-allow-origin"), null);
    }
  });

  it("reports a wrong setting of its nodes once, and starts nothing", async () => {
    const fresh = join(directory, "fresh");
    cluster = new ClusterProcess("../../../cmd/cluster.ts", [
      "--data-dir",
      fresh,
      "--interval",
      "1h",
      "--counters",
      "Bad",
    ]);
    assert.equal(await cluster.exitCode(), 2);
    for (const flag of ["--interval must be", "--counters must be"])
      assert.equal(cluster.says(flag), 1, cluster.output);
    const away = new ClusterProcess("../../../cmd/cluster.ts", ["--data-dir", fresh, "--host", "203.0.113.9"]);
    assert.equal(await away.exitCode(), 2);
    assert.equal(away.output, "Not started: 203.0.113.9 is not an address of this machine (setting --host)\n");
    assert.equal(existsSync(fresh), false);
  });

  it("writes only JSON with --log json", async () => {
    launch(directory, "--log", "json");
    await cluster.until("all are ready", () => cluster.says("Ctrl-C stops") > 0);
    // The last line has the total only if a node knows it.
    await hit(0, 1);
    await total(0);
    await stop();
    const lines = cluster.output.trim().split("\n");
    for (const line of lines) assert.equal(typeof JSON.parse(line).event, "string", line);
    assert.match(lines.at(-1) ?? "", /visits? committed/);
  });

  function launch(data = directory, ...flags: string[]): void {
    cluster = new ClusterProcess("../../../cmd/cluster.ts", [
      "--port",
      String(port),
      "--data-dir",
      data,
      "--max-by",
      "5",
      ...flags,
    ]);
  }

  async function start(...flags: string[]): Promise<void> {
    launch(directory, ...flags);
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
