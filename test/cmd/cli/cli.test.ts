import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type RealNode, startRealNode } from "../../adapters/http/real_node.ts";
import { eventually } from "../../eventually.ts";
import { needs } from "../../needs.ts";
import { olderNodes } from "../../older_nodes.ts";
import { CliProcess, cli } from "./cli_process.ts";

const SHIM = fileURLToPath(new URL("../../../cmd/cli/global-cluster.mjs", import.meta.url));

/** `get` and `hit` tell totals to people and scripts, and their exit code tells whether the hit was counted. */
describe("cli: get and hit", () => {
  let real: RealNode;
  before(async () => {
    real = await startRealNode();
    await eventually(() => real.node.cluster().ledger !== null);
  });
  after(() => real.end());

  const ask = (...args: string[]) => cli(...args, "--server", real.url);

  it("count, and show the total to people and to scripts", async () => {
    assert.deepEqual(await ask("hit", "a", "--by", "1234", "--wait"), { code: 0, out: "a: 1,234\n", err: "" });
    assert.deepEqual(await ask("get", "a"), { code: 0, out: "a: 1,234\n", err: "" });
    const got = JSON.parse((await ask("get", "a", "--json")).out);
    assert.deepEqual([got.counter, got.value, got.regions], ["a", 1234, { "eu-west": 1234 }]);
    const hit = await ask("hit", "a", "--json", "--wait");
    assert.equal(hit.out, '{"counter":"a","value":1235,"committed":1235,"pending":0}\n');
    assert.equal(real.node.read("a")?.value, 1235n);
  });

  it("end with 1 and the server's error message", async () => {
    const person = await ask("get", "never");
    assert.deepEqual([person.code, person.out], [1, ""]);
    assert.match(person.err, /^This node knows no counter "never"\. .*: global-cluster hit never\n$/);
    const script = await ask("get", "never", "--json");
    assert.deepEqual([script.code, script.out], [1, ""]);
    assert.equal(JSON.parse(script.err).type, "urn:global-cluster:problem:unknown-counter");
  });

  it("end with 1 without a server, and with a foreign one", async () => {
    const other = createServer((_req, res) => res.writeHead(502).end("<html>Bad gateway</html>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    assert.ok(typeof address === "object" && address !== null);
    const server = `http://127.0.0.1:${address.port}`;
    for (const args of [["get", "a"], ["watch", "a"], ["top"]]) {
      const { code, err, out } = await cli(...args, "--server", server);
      assert.deepEqual([code, out, err], [1, "", "the server responded with status 502\n"]);
    }
    other.close();
    const { code, err } = await cli("get", "a", "--server", server);
    assert.equal(code, 1);
    assert.match(err, /does not respond: connect ECONNREFUSED/);
    const refused = await cli("hit", "a", "--server", server);
    assert.match(refused.err, /ECONNREFUSED .*\. Nothing was counted\. --server names/);
    const tls = real.url.replace("http:", "https:");
    const words = `${tls} does not respond: it does not use TLS; try http://\n`;
    assert.deepEqual(await cli("get", "a", "--server", tls), { code: 1, out: "", err: words });
  });

  it("send a hit again with the same key while its responses are lost, and nobody says what became of it", async () => {
    const keys: unknown[] = [];
    const unknown = { type: "urn:global-cluster:problem:not-committed", detail: "Unknown.", counted: "unknown" };
    const rude = createServer((req, res) => {
      keys.push(req.headers["idempotency-key"]);
      if (keys.length === 1) req.socket.destroy();
      else if (keys.length === 2) res.writeHead(502).end("<html>Bad gateway</html>");
      else if (keys.length === 3) res.writeHead(503).end(JSON.stringify(unknown));
      else res.end('{"counter":"a","value":7,"committed":7,"pending":0,"duplicate":true}');
    });
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    const { port } = rude.address() as AddressInfo;
    const { code, out, err } = await cli("hit", "a", "--server", `http://127.0.0.1:${port}`);
    rude.close();
    assert.deepEqual([code, out], [0, "a: 7\n"]);
    assert.match(err, /trying again with the same key\.\.\.\n/);
    assert.equal(keys.length, 4);
    assert.deepEqual([...new Set(keys)], [keys[0]]);
    assert.match(String(keys[0]), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("end with 1 if nobody says what became of a hit for long, and say how to send it again", async function () {
    needs(this, "more time");
    const unknown = { type: "urn:global-cluster:problem:not-committed", detail: "Unknown.", counted: "unknown" };
    const rude = createServer((req) => req.socket.destroy());
    const slow = createServer((_req, res) => res.writeHead(503).end(JSON.stringify(unknown)));
    const dying = createServer((req) => {
      req.socket.destroy();
      dying.close();
    });
    const hits = [rude, slow, dying].map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      return cli("hit", "a", "--server", `http://127.0.0.1:${port}`);
    });
    const [unanswered, undecided, refused] = await Promise.all(hits);
    for (const server of [rude, slow]) server.close();
    for (const hit of [unanswered, undecided, refused]) {
      assert.equal(hit?.code, 1);
      assert.match(
        hit.err,
        /\. The hits may have been counted\. .*: global-cluster hit a --by 1 --key [0-9a-f-]{36}\n$/,
      );
    }
    assert.match(undecided?.err ?? "", /\nUnknown\. The hits/);
    assert.match(refused?.err ?? "", /ECONNREFUSED .*\. The hits/);
  });

  it("tell a script the key of a hit, whatever became of it", async () => {
    const answers = [
      { status: 200, body: '{"counter":"a","value":7,"committed":7,"pending":0,"duplicate":false}' },
      { status: 422, body: '{"type":"urn:global-cluster:problem:key-reused","detail":"Reused.","counted":false}' },
    ];
    const server = createServer((_req, res) => {
      const { status, body } = answers.shift() ?? { status: 500, body: "" };
      res.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const key = "019acb5e-0000-7000-8000-000000000001";
    const hit = () => cli("hit", "a", "--json", "--key", key, "--server", `http://127.0.0.1:${port}`);
    const counted = await hit();
    assert.deepEqual(JSON.parse(counted.out), {
      ...{ counter: "a", value: 7, committed: 7, pending: 0, duplicate: false },
      key,
    });
    const refused = await hit();
    assert.deepEqual([refused.code, refused.out], [1, ""]);
    assert.deepEqual(JSON.parse(refused.err), {
      ...{ type: "urn:global-cluster:problem:key-reused", detail: "Reused.", counted: false },
      key,
    });
    server.close();
    const unsent = JSON.parse((await hit()).err);
    assert.match(unsent.detail, /ECONNREFUSED/);
    assert.deepEqual([unsent.counted, unsent.key], [false, key]);
  });

  it("do not say that a hit can be sent again with a key that the cluster did not take", async () => {
    const upgrading = { type: "urn:global-cluster:problem:upgrading", detail: "Not yet.", counted: false };
    const old = createServer((req, res) => {
      if (req.headers["idempotency-key"] === undefined) req.socket.destroy();
      else res.writeHead(503).end(JSON.stringify(upgrading));
    });
    await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
    const { port } = old.address() as AddressInfo;
    const { code, err } = await cli("hit", "a", "--server", `http://127.0.0.1:${port}`);
    old.close();
    assert.equal(code, 1);
    assert.match(err, /\. The hits may have been counted\. Compare the total .*: global-cluster get a\n$/);
  });

  it("end with 3 if the hits are counted but not committed in time, and say that they wait", async () => {
    const problem = { detail: "Counted.", remedy: "Do not send them again.", counted: true };
    const slow = createServer((_req, res) => {
      void hit.until(() => hit.err.includes("...\n")).then(() => res.writeHead(503).end(JSON.stringify(problem)));
    });
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const { port } = slow.address() as AddressInfo;
    const hit = new CliProcess(["hit", "a", "--wait", "--server", `http://127.0.0.1:${port}`]);
    const err = "waiting for the commit...\nCounted. Do not send them again.\n";
    assert.deepEqual(await hit.ended(), { code: 3, out: "", err });
    slow.close();
  });

  it("end with 2 if the command line is wrong", async () => {
    const { code, out, err } = await cli("get");
    assert.deepEqual([code, out], [2, ""]);
    assert.equal(err, "get needs the name of a counter\nTry: global-cluster get --help\n");
  });

  for (const node of [process.execPath, ...olderNodes()]) {
    it(`run as global-cluster on ${node}`, async () => {
      const run = (...args: string[]) => new CliProcess(args, [node, SHIM]).ended();
      assert.match((await run("--version")).out, /^\d+\.\d+\.\d+\n$/);
      assert.equal((await run("get")).code, 2);
      assert.deepEqual(await run("get", "a", "--server", real.url), { code: 0, out: "a: 1,235\n", err: "" });
      const watching = new CliProcess(["watch", "a", "--server", real.url], [node, SHIM]);
      await watching.until(() => watching.out === "1,235\n");
      watching.signal("SIGTERM");
      assert.equal((await watching.ended()).code, 0);
    });
  }
});
