import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { addNewToken } from "../../../internal/adapters/tokens/new_token.ts";
import { LOAD_CORE, PinnedProcess, SERVER_CORE } from "../pinned_process.ts";
import { BenchFailure, type Effort, type Line, type Row } from "../row.ts";
import { RunningNode } from "../running_node.ts";
import { withDirectory } from "../temporary_directory.ts";

const CLI = fileURLToPath(new URL("../../../cmd/cli.ts", import.meta.url));
const MB = 1_000_000;
const LINES = 1_000_000;
const SMOKE_LINES = 10_000;
const ADDED = 3;
const SET = 5;
const LONGEST_MS = 1_200_000;
const MAX_RUNS = 5;
/** Twice what 1 MB a second would take, which the default budget allows. */
const GOAL_SECONDS = 300;
const READY_MS = 60_000;

/**
 * Two imports of a million lines with default budgets: one adds, and its leader is killed in the middle; one sets what is absent. In the end
 * each counter has what its lines say.
 */
export const imports: Row = {
  name: "imports",
  run: (effort) => withDirectory((directory) => run(directory, effort)),
};

interface Imported {
  readonly seconds: number;
  readonly runs: number;
}

async function run(directory: string, { smoke, say }: Effort): Promise<readonly Line[]> {
  const lines = smoke ? SMOKE_LINES : LINES;
  const cluster = new ImportCluster(directory, lines);
  // Each of these counters is in two lines.
  const adding = await cluster.file("adding", lines, ADDED, lines / 2);
  const setting = await cluster.file("setting", lines, SET, lines);
  const leader = await cluster.start("leader", SERVER_CORE);
  const other = await cluster.start("other", LOAD_CORE);
  const killed = async () => {
    await other.process.until("half is there", async () => (await totalOf(other)) >= (lines * ADDED) / 2, LONGEST_MS);
    await leader.process.end("SIGKILL");
    say("the leader was killed in the middle");
  };
  const [added] = await Promise.all([cluster.import(adding, "add", other), killed()]);
  say(`added in ${added.seconds.toFixed(0)} s and ${added.runs} runs`);
  const repeated = await cluster.import(adding, "add", other);
  say(`sent again in ${repeated.seconds.toFixed(1)} s`);
  const set = await cluster.import(setting, "absent", other);
  say(`set in ${set.seconds.toFixed(0)} s`);
  const resident = other.process.memory("VmRSS");
  await mustHave(other, lines);
  await other.stop();
  return [
    line(`import of ${lines} lines that adds, kill -9 of the leader in the middle`, GOAL_SECONDS, added),
    line("the same sent again", GOAL_SECONDS / 10, repeated),
    line(`import of ${lines} lines that sets what is absent, a half`, GOAL_SECONDS, set),
    {
      measure: `resident memory of the leader after these imports, ${lines} counters`,
      goal: "-",
      result: `${(resident / MB).toFixed(0)} MB`,
      reached: null,
    },
  ];
}

class ImportCluster {
  readonly #directory: string;
  readonly #counters: number;
  readonly #token: string;

  constructor(directory: string, counters: number) {
    this.#directory = directory;
    this.#counters = counters;
    const grant = { name: "importer", rights: ["admin" as const], counters: ["*"], expires: null };
    this.#token = addNewToken(`${directory}/tokens.json`, grant);
  }

  async start(name: string, core: number): Promise<RunningNode> {
    const [store, directory] = [`sqlite:${this.#directory}/store.sqlite`, `${this.#directory}/${name}`];
    const limits = ["--max-counters", String(this.#counters), "--conversion-delay", "0s"];
    const flags = ["--tokens", `${this.#directory}/tokens.json`, ...limits];
    const node = await RunningNode.start({ name, core, store, directory, flags });
    await node.process.until("it follows a leader", async () => (await node.cluster()).store === "ok", READY_MS);
    return node;
  }

  /** A file of lines, which name `counters` counters in turn. */
  async file(name: string, lines: number, value: number, counters: number): Promise<string> {
    const file = `${this.#directory}/${name}.ndjson`;
    await pipeline(Readable.from(textOf(lines, value, counters)), createWriteStream(file));
    return file;
  }

  /** Runs the command until it says that all is done. */
  async import(file: string, mode: "add" | "absent", { url }: RunningNode): Promise<Imported> {
    const command = [process.execPath, CLI, "import", file, "--mode", mode, "--server", url, "--token", this.#token];
    const began = performance.now();
    for (let runs = 1; runs <= MAX_RUNS; runs++) {
      const running = new PinnedProcess(command, { core: LOAD_CORE });
      await running.until("it ends", () => running.ended, LONGEST_MS);
      if ((await running.exited()) === 0) return { seconds: (performance.now() - began) / 1_000, runs };
      if (runs === MAX_RUNS) throw new BenchFailure(`the import failed ${runs} times: ${running.output}`);
    }
    throw new BenchFailure("the import was not run");
  }
}

/** `visits` is one of the counters: its place is kept anyway. */
function* textOf(lines: number, value: number, counters: number): Generator<string> {
  for (let at = 0; at < lines; at++) {
    const counter = at % counters === 0 ? "visits" : `import-${String(at % counters).padStart(17, "0")}`;
    yield `{"counter":"${counter}","value":${value}}\n`;
  }
}

/** Half of the counters were added to twice, and the others were set. Throws BenchFailure. */
async function mustHave(node: RunningNode, counters: number): Promise<void> {
  const totals = (await node.allCommitted()).filter((total) => total > 0);
  const added = totals.filter((total) => total === 2 * ADDED).length;
  const set = totals.filter((total) => total === SET).length;
  if (added !== counters / 2 || set !== counters / 2 || totals.length !== counters)
    throw new BenchFailure(`of ${totals.length} counters, ${added} have ${2 * ADDED} and ${set} have ${SET}`);
}

async function totalOf(node: RunningNode): Promise<number> {
  const answer = await fetch(`${node.url}/v1/cluster`);
  return ((await answer.json()) as { readonly total: number | null }).total ?? 0;
}

function line(measure: string, goal: number, { seconds, runs }: Imported): Line {
  const result = `${seconds.toFixed(1)} s${runs > 1 ? `, ${runs} runs of the command` : ""}`;
  return { measure, goal: `<= ${goal} s`, result, reached: seconds <= goal };
}
