import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { firstToken } from "../../../cmd/supervisor/admin_token.ts";
import { eventually } from "../../eventually.ts";
import { freePort } from "../../free_port.ts";
import { needs } from "../../needs.ts";
import { NodeProcess } from "../../processes/node_process.ts";
import { CliProcess, cli } from "./cli_process.ts";

const SAMPLES = fileURLToPath(new URL("import/samples/", import.meta.url));

/** What the commands of an owner do to a real node: each once, and nothing half. */
describe("cli: set, reset, delete, audit, import and export", () => {
  let folder: string;
  let node: NodeProcess;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "owning-"));
    firstToken(folder);
    const flags = ["--store", `sqlite:${folder}/store.sqlite`, "--data-dir", join(folder, "n1")];
    flags.push("--tokens", join(folder, "tokens.json"), "--conversion-delay", "0s", "--region", "eu-west");
    node = new NodeProcess("owned", await freePort(), flags);
    await node.start();
    await eventually(async () => (await ask("set", "ready", "1")).code === 0);
  });
  after(async () => {
    if (node?.running) await node.kill();
    rmSync(folder, { recursive: true });
  });

  const ask = (...args: string[]) => askAt(node.url, ...args);
  const askAt = (url: string, ...args: string[]) =>
    cli(...args, "--server", url, "--token-file", join(folder, "admin-token"));

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  async function total(counter: string): Promise<unknown> {
    const { out } = await ask("get", counter, "--json");
    return out === "" ? null : JSON.parse(out).value;
  }

  it("set, reset and delete a counter, and the audit says who, what and why", async () => {
    const set = await ask("set", "blog", "1234", "--reason", "from the old site");
    assert.match(set.out, /^blog: set to 1,234; it had 0\. Generation \d+\.\n$/);
    assert.equal(set.code, 0, set.err);
    assert.equal(await total("blog"), 1234);
    assert.match((await ask("reset", "blog", "--reason", "abused")).out, /^blog: set to 0; it had 1,234\. /);
    const deleted = JSON.parse((await ask("delete", "blog", "--json")).out);
    assert.deepEqual([deleted.counter, deleted.before, deleted.after], ["blog", 0, 0]);
    assert.equal(await total("blog"), null);
    const lines = (await ask("audit", "--limit", "3", "--json")).out.trim().split("\n");
    const entries = lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      entries.map(({ who, action, counter, before, after, reason }) => [who, action, counter, before, after, reason]),
      [
        ["admin", "delete", "blog", 0, 0, ""],
        ["admin", "set", "blog", 1234, 0, "abused"],
        ["admin", "set", "blog", 0, 1234, "from the old site"],
      ],
    );
    assert.match((await ask("audit")).out, /^AT +WHO +WHAT +COUNTER +BEFORE +AFTER +GENERATION +REASON\n/);
  });

  it("do nothing in another generation, twice with one key, or without the right", async () => {
    const key = "019acb5e-0000-7000-8000-00000000000a";
    const { generation } = JSON.parse((await ask("set", "votes", "5", "--json")).out);
    const late = await ask("set", "votes", "6", "--generation", String(generation - 1));
    assert.equal(late.code, 1);
    assert.match(late.err, /now has generation \d+, not the one/);
    const once = await ask("set", "votes", "7", "--key", key);
    assert.equal(once.code, 0, once.err);
    await ask("set", "votes", "8");
    assert.match((await ask("set", "votes", "7", "--key", key)).out, /It was done before, with the same key\.\n$/);
    assert.equal(await total("votes"), 8);
    const stranger = await cli("reset", "votes", "--server", node.url);
    assert.equal(stranger.code, 1);
    assert.match(stranger.err, /token/);
    assert.equal(await total("votes"), 8);
  });

  it("set, list and remove links, which lead there at once", async () => {
    const set = await ask("links", "set", "news", "HTTPS://Example.org", "--reason", "new");
    assert.deepEqual([set.out, set.code], ["/go/news leads to https://example.org/.\n", 0], set.err);
    const followed = await fetch(`${node.url}/go/news`, { method: "HEAD", redirect: "manual" });
    assert.equal(followed.headers.get("location"), "https://example.org/");
    const moved = JSON.parse((await ask("links", "set", "news", "http://a.example/b", "--json")).out);
    assert.deepEqual([moved.counter, moved.url, moved.before], ["news", "http://a.example/b", "https://example.org/"]);
    assert.equal((await ask("links")).out, "LINK      LEADS TO\n/go/news  http://a.example/b\n");
    assert.deepEqual(JSON.parse((await ask("links", "--json")).out), { counter: "news", url: "http://a.example/b" });
    assert.match((await ask("audit", "--limit", "1")).out, /link to http:\/\/a\.example\/b +news/);
    const gone = await ask("links", "delete", "news");
    assert.equal(gone.out, "/go/news leads nowhere now; it led to http://a.example/b.\n", gone.err);
    assert.equal((await ask("links")).out, "There are no links.\n");
    const stranger = await cli("links", "--server", node.url);
    assert.equal(stranger.code, 1);
    assert.match(stranger.err, /token/);
  });

  it("import what another service counted, once", async () => {
    const path = `${SAMPLES}goatcounter_documented.csv`;
    const goatcounter = ["import", path, "--from", "goatcounter", "--site", "blog.example"];
    const first = await ask(...goatcounter);
    assert.equal(first.out, "Imported 4 lines, and changed 4 counters.\n", first.err);
    assert.match(first.err, /^importing 4 lines with the key [0-9a-f-]{36}\n(?:imported [^\n]*\n)*$/);
    const again = await ask(...goatcounter, "--json");
    assert.deepEqual([JSON.parse(again.out).duplicate, again.code], [true, 0]);
    assert.equal(await total("blog.example"), 4);
    assert.equal(await total("blog.example/posts/1"), 2);
    const dry = await ask("import", `${SAMPLES}abacus.txt`, "--from", "abacus", "--dry-run");
    assert.match(dry.out, /\{"counter":"blog\.example\/visits","value":6\}\n/);
    assert.equal(await total("blog.example/visits"), null);
  });

  it("import nothing of a file with a mistake, and name the line", async () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => `bad${at},1`).join("\n");
    const { code, err } = await ask("import", file("bad.csv", `${lines}\nBAD,1\n`));
    assert.equal(code, 1);
    assert.match(err, /^line 5001: "BAD" is not a valid counter name/);
    assert.equal(await total("bad0"), null);
  });

  it("leave out counters that exist, with --mode absent", async () => {
    await ask("set", "present", "10");
    const path = file("absent.csv", "present,1\nnew-one,2\n");
    const { out } = await ask("import", path, "--mode", "absent");
    assert.equal(out, "Imported 2 lines, and changed 1 counter. 1 line left out: their counters exist.\n");
    assert.deepEqual([await total("present"), await total("new-one")], [10, 2]);
  });

  it("go on with an import whose connection broke, and add each line once", async () => {
    const lines = Array.from({ length: 9_000 }, (_, at) => `{"counter":"part/n${at % 4_500}","value":${at + 1}}`);
    const path = file("long.ndjson", lines.join("\n"));
    const cutting = await cuttingProxy(Number(new URL(node.url).port), 2);
    const { code, out, err } = await askAt(cutting.url, "import", path);
    cutting.server.close();
    assert.equal(code, 0, err);
    assert.match(err, /; going on\.\.\.\n/);
    assert.match(out, /^Imported 9,000 lines/);
    assert.equal(await total("part/n0"), 1 + 4_501);
    assert.equal(await total("part/n4499"), 4_500 + 9_000);
  });

  it("export totals by region that can be imported again, and the audit", async function () {
    needs(this, "more time");
    const csv = await ask("export", "totals", "--format", "csv");
    assert.equal(csv.code, 0, csv.err);
    assert.match(csv.out, /^counter,region,value\n/);
    assert.match(csv.out, /\nvotes,other,8\n/);
    assert.match(csv.err, /^exported [\d,]+ counters of version \d+\n$/);
    const ndjson = await ask("export", "totals");
    assert.equal(ndjson.out.split("\n").length, csv.out.split("\n").length - 1);
    const before = await total("votes");
    await ask("import", file("export.ndjson", ndjson.out));
    assert.equal(await total("votes"), 2 * Number(before));
    for (const by of ["3", "4"]) await ask("hit", "by-day", "--by", by);
    const today = new Date().toISOString().slice(0, 10);
    assert.equal((await ask("export", "days", "--format", "csv")).out, `counter,day,hits\nby-day,${today},7\n`);
    const audit = await ask("export", "audit", "--format", "csv");
    assert.match(
      audit.out,
      /^at,who,action,counter,before,after,generation,reason,key,link_before,link_after,first_line,lines\n/,
    );
    assert.match(audit.out, /,admin,set,blog,0,1234,\d+,from the old site,[0-9a-f-]{36},,,,\n/);
    // Where a link led, and which lines were imported.
    assert.match(audit.out, /,admin,link,news,.*,https:\/\/example\.org\/,http:\/\/a\.example\/b,,\n/);
    assert.match(audit.out, /,admin,import,,.*,,,1,\d+\n/);
  });

  it("end cleanly at Ctrl-C, and an import says how it goes on", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const path = file("stopped.csv", "stopped,1\n");
    const running = new CliProcess(["import", path, "--server", `http://127.0.0.1:${port}`]);
    await running.until(() => running.err.includes("importing 1 line"));
    running.signal("SIGINT");
    const { code, err } = await running.ended();
    silent.close();
    assert.equal(code, 130);
    assert.match(
      err,
      /\nStopped\. What was imported stays\. Run the same command again, and it goes on: it has the key [0-9a-f-]{36}\n$/,
    );
  });
});

/** Passes connections on, and cuts each of the first `cuts` after the server has written for the second time. */
async function cuttingProxy(port: number, cuts: number): Promise<{ url: string; server: Server }> {
  let left = cuts;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    const isCut = left-- > 0;
    let writes = 0;
    client.on("error", () => {}).pipe(upstream);
    upstream.on("error", () => {});
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    upstream.on("data", (chunk) => {
      writes++;
      if (isCut && writes === 2) return upstream.destroy();
      client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
