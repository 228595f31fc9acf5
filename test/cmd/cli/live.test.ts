import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../free_port.ts";
import { needs } from "../../needs.ts";
import { NodeProcess } from "../../processes/node_process.ts";
import { CliProcess, SCRIPT } from "./cli_process.ts";

/** `watch` and `top` show each change until Ctrl-C, say when the connection is lost, and leave the terminal usable. */
describe("cli: watch and top", () => {
  let folder: string;
  let node: NodeProcess;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "cli-"));
    const flags = ["--store", `sqlite:${folder}/store.sqlite`, "--data-dir", join(folder, "n1"), "--interval", "100ms"];
    node = new NodeProcess("n1", await freePort(), flags);
    await node.start();
  });
  after(async () => {
    if (node.running) await node.kill();
    rmSync(folder, { recursive: true });
  });

  const watch = (...args: string[]) => new CliProcess([...args, "--server", node.url]);
  /** Needs `script`, and `ps` to interrupt what runs in it. */
  const terminal = (...args: string[]) => sizedTerminal(100, 20, args);
  const sizedTerminal = (columns: number, rows: number, args: readonly string[]) => {
    const line = [process.execPath, SCRIPT, ...args, "--server", node.url].join(" ");
    return new CliProcess(["-qec", `stty cols ${columns} rows ${rows}; exec ${line}`, "/dev/null"], ["script"]);
  };
  async function hit(counter: string, query = ""): Promise<void> {
    const answer = await fetch(`${node.url}/v1/counters/${counter}/hits${query}`, { method: "POST" });
    assert.equal(answer.status, 200);
  }

  it("writes a line for each new total, and ends with 0 on Ctrl-C", async () => {
    const watching = watch("watch", "lines");
    await watching.until(() => watching.out === "0\n");
    for (let total = 1; total <= 3; total++) {
      await hit("lines");
      await watching.until(() => watching.out.endsWith(`\n${total}\n`));
    }
    watching.signal("SIGINT");
    assert.deepEqual(await watching.ended(), { code: 0, out: "0\n1\n2\n3\n", err: "" });
  });

  it("writes JSON for scripts", async () => {
    const watching = watch("watch", "scripted", "--json");
    await watching.until(() => watching.out.includes("\n"));
    await hit("scripted");
    await watching.until(() => watching.out.includes('"committed":1'));
    watching.signal("SIGINT");
    const lines = (await watching.ended()).out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual([lines[0].counter, lines[0].value, lines.at(-1).value], ["scripted", 0, 1]);
    assert.deepEqual(new Set(lines.map((line) => "history" in line)), new Set([false]));
  });

  it("reconnects when the node is killed and restarted, and says so", async () => {
    await hit("lasting");
    const watching = watch("watch", "lasting");
    await watching.until(() => watching.out.includes("1\n"));
    await node.kill();
    await watching.until(() => watching.err.includes("connection lost, reconnecting"));
    await node.start();
    await hit("lasting");
    await watching.until(() => watching.out === "1\n2\n");
    watching.signal("SIGINT");
    assert.equal((await watching.ended()).code, 0);
  });

  it("ends silently when the reader closes the pipe", function () {
    needs(this, "bash");
    const line = `${process.execPath} ${SCRIPT} watch lines --json --server ${node.url} | head -n 2`;
    const { status, stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", line], { encoding: "utf8" });
    assert.deepEqual([status, stdout.trim().split("\n").length, stderr], [0, 2, ""]);
  });

  it("updates one line of a terminal, and restores the terminal", async function () {
    needs(this, "script", "ps");
    const watching = terminal("watch", "shown");
    await watching.until(() => /shown {2}0 .*1 node, all committed · live/.test(watching.out));
    await hit("shown");
    await watching.until(() => /\rshown {2}1 /.test(watching.out));
    interrupt(watching);
    const { code, out } = await watching.ended();
    assert.equal(code, 0);
    assert.ok(out.startsWith("\x1b[?25l") && out.endsWith("\n\x1b[?25h"), JSON.stringify(out));
  });

  it("shows nodes and counters once in a pipe, and live for scripts", async () => {
    // Somebody leads then.
    await hit("toplist", "?wait=committed");
    const once = await watch("top").ended();
    assert.equal(once.code, 0);
    assert.match(once.out, /^NODE +REGION +STATE +HITS/m);
    assert.match(once.out, /^n1 +local +leader /m);
    assert.match(once.out, /^COUNTER +COMMITTED +RATE$/m);
    const live = watch("top", "--json");
    await live.until(() => live.out.split("\n").some((line) => line.endsWith("}") && tops(line).includes("toplist")));
    live.signal("SIGINT");
    assert.equal((await live.ended()).code, 0);
  });

  it("shows only the counter that was given to top, with all nodes", async () => {
    await hit("unwanted");
    await hit("wanted", "?wait=committed");
    const { out } = await watch("top", "wanted").ended();
    assert.match(out, /^n1 +local +leader /m);
    assert.match(out, /^wanted +1/m);
    assert.doesNotMatch(out, /unwanted/);
  });

  it("says that a stopped node is silent, also at the beginning, and continues with it", async () => {
    const watching = watch("watch", "silent");
    await watching.until(() => watching.out === "0\n");
    node.signal("SIGSTOP");
    const late = [watch("watch", "silent"), watch("top")] as const;
    for (const one of [watching, ...late]) await one.until(() => one.err.includes("no data for 7 s, reconnecting\n"));
    node.signal("SIGCONT");
    await hit("silent");
    for (const one of [watching, late[0]]) await one.until(() => one.out.endsWith("1\n"));
    const { code, out } = await late[1].ended();
    assert.equal(code, 0);
    assert.match(out, /^n1 +local +leader /m);
    for (const one of [watching, late[0]]) one.signal("SIGINT");
    assert.deepEqual([(await watching.ended()).code, (await late[0].ended()).code], [0, 0]);
  });

  it("uses 80 by 24 for a terminal without a size", async function () {
    needs(this, "script", "ps");
    for (const [args, shown] of [
      [["top"], /n1 +local +leader.*COUNTER +COMMITTED/s],
      [["watch", "unsized"], /unsized {2}0 .*1 node/],
    ] as const) {
      const watching = sizedTerminal(0, 0, args);
      await watching.until(() => shown.test(watching.out));
      interrupt(watching);
      assert.equal((await watching.ended()).code, 0);
    }
  });

  it("uses the whole terminal, and restores it", async function () {
    needs(this, "script", "ps");
    const watching = terminal("top");
    await watching.until(() => /n1 +local +leader/.test(watching.out) && /COUNTER +COMMITTED/.test(watching.out));
    await hit("grown");
    await watching.until(() => /\ngrown +1 /.test(watching.out));
    interrupt(watching);
    const { code, out } = await watching.ended();
    assert.equal(code, 0);
    assert.ok(out.startsWith("\x1b[?1049h") && out.endsWith("\x1b[?25h\x1b[?1049l"), JSON.stringify(out.slice(-60)));
  });
});

function tops(line: string): string[] {
  return JSON.parse(line).counters.map(({ counter }: { counter: string }) => counter);
}

/** Sends SIGINT as Ctrl-C does: to the program in the terminal, not to `script`, which runs it. */
function interrupt(terminal: CliProcess): void {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(terminal.pid)], { encoding: "utf8" });
  process.kill(Number(stdout.trim()), "SIGINT");
}
