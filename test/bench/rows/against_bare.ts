import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { addNewToken } from "../../../internal/adapters/tokens/new_token.ts";
import type { BareAnswer } from "../bare_server.ts";
import { type Contestant, contest, contestAtOnce } from "../contest.ts";
import { PinnedProcess, SERVER_CORE } from "../pinned_process.ts";
import { BenchFailure, type Effort, type Line, type Row } from "../row.ts";
import { RunningNode } from "../running_node.ts";
import { spreadText } from "../spread.ts";
import { withDirectory } from "../temporary_directory.ts";
import { verdict } from "../verdict.ts";

const BARE = fileURLToPath(new URL("../bare_server.ts", import.meta.url));
const GOAL = 0.95;

interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** What it counts; by default `visits`. */
  readonly counters?: readonly string[];
  /** Least share of the other server's throughput; by default GOAL. */
  readonly goal?: number;
}

const HIT: Request = { method: "POST", path: "/v1/counters/visits/hits" };
const PAGE: Request = { method: "GET", path: "/" };
/** Its number is as long as it stays for the whole run. */
const BADGE: Request = { method: "GET", path: "/badge/visits.svg" };
/** A view of a site's page counts three counters, and looks at the browser's name. */
const VIEW: Request = {
  method: "POST",
  path: "/v1/visits?site=blog.example&path=/posts/1&visit=true",
  counters: ["blog.example", "blog.example/posts/1", "blog.example/_visits"],
  goal: 0.6,
};

/** `POST .../hits` with the journal on, against a `node:http` server that answers the same bytes and does nothing else. */
export const hitsAgainstBare = against("hits", "POST .../hits, journal on / bare node:http, same bytes", HIT);

/** The same, judged by CPU time alone: rates, tokens, names and connections are looked at for each hit. */
export const hitsWithRates = byCpu("hits", "POST .../hits, journal and rates on", { ...HIT, goal: 1 });

/** Page, badge and view judged in the same way: on a busy machine, a rate says little. */
export const pageByCpu = byCpu("page", "GET / counted", { ...PAGE, goal: 0.9 });
export const badgeByCpu = byCpu("badge", "GET /badge/visits.svg counted", { ...BADGE, goal: 0.9 });
export const viewByCpu = byCpu("view", "POST /v1/visits counted", VIEW);

/** The page, counted, against the same. */
export const pageAgainstBare = against("page", "GET / counted / bare node:http, same bytes", PAGE);

/** A badge, counted, against the same. */
export const badgeAgainstBare = against("badge", "GET /badge/visits.svg counted / bare node:http, same bytes", BADGE);

/** The pixel, counted, against the same. */
export const pixelAgainstBare = against("pixel", "GET /pixel/visits.gif counted / bare node:http, same bytes", {
  method: "GET",
  path: "/pixel/visits.gif",
});

/** A view of a site's page, against the same. */
export const viewAgainstBare = against("view", "POST /v1/visits counted / bare node:http, same bytes", VIEW);

function against(name: string, measure: string, request: Request): Row {
  return { name, run: (effort) => withDirectory((directory) => run(measure, request, directory, effort)) };
}

function byCpu(name: string, what: string, request: Request): Row {
  const measure = `${what} / bare node:http, by CPU time`;
  return {
    name: `${name}-cpu`,
    run: (effort) => withDirectory((directory) => run(measure, request, directory, effort, byCpuAlone)),
  };
}

interface Judged extends Omit<Line, "measure"> {
  /** Hits of ours that were acknowledged. */
  readonly acknowledged: number;
}

type Judge = (ours: Contestant, theirs: Contestant, effort: Effort, goal: number) => Promise<Judged>;

const inTurn: Judge = async (ours, theirs, effort, goal) => {
  const report = await contest(ours, theirs, effort);
  return { ...verdict(report, goal), acknowledged: report.acknowledged.ours };
};

const byCpuAlone: Judge = async (ours, theirs, effort, goal) => {
  const { byCpu, acknowledged } = await contestAtOnce(ours, theirs, effort);
  const result = `${spreadText(byCpu, 2)}, both under load at the same time`;
  return {
    goal: `>= ${goal.toFixed(1)}`,
    result,
    reached: byCpu.median >= goal,
    acknowledged: acknowledged.ours,
  };
};

async function run(
  measure: string,
  request: Request,
  directory: string,
  effort: Effort,
  judge: Judge = inTurn,
): Promise<readonly Line[]> {
  const node = await aloneOn(SERVER_CORE, directory);
  const { counters = ["visits"], goal = GOAL } = request;
  for (const counter of counters) await countMany(node, counter);
  const answer = await answerOf(node.url + request.path, request.method);
  const bare = await startBare(answer);
  const theirs = bareContestant(bare, request);
  await mustBeAlike(answer, await answerOf(theirs.load.url, request.method));
  const ours = {
    name: "node",
    load: { url: node.url + request.path, method: request.method },
    processes: [node.process],
  };
  const { acknowledged, ...judged } = await judge(ours, theirs, effort, goal);
  for (const counter of counters) await node.mustHaveCounted(counter, MANY + acknowledged + 1);
  await node.stop();
  await bare.process.end("SIGKILL");
  return [{ measure, ...judged }];
}

/** So many that the total has as many digits at the end as at the beginning: the other server's answer does not grow either. */
const MANY = 100_000_000;
const MOST_AT_ONCE = 1_000_000;
/** A name with a slash waits for the conversion of the ledger, which takes a round or two. */
const UPGRADING = 503;

async function countMany({ url, authorization }: RunningNode, counter: string): Promise<void> {
  const headers = { "content-type": "application/json", ...authorization };
  const options = { method: "POST", headers, body: JSON.stringify({ by: MOST_AT_ONCE }) };
  for (let counted = 0; counted < MANY; counted += MOST_AT_ONCE) {
    const answer = await fetch(`${url}/v1/counters/${counter}/hits`, options);
    if (answer.status === UPGRADING) {
      counted -= MOST_AT_ONCE;
      await sleep(100);
      continue;
    }
    if (!answer.ok) throw new BenchFailure(`hits were refused: ${await answer.text()}`);
  }
}

/** A cluster of one node on the embedded store, with its journal. It counts more for those who have its token. */
export async function aloneOn(core: number, directory: string, flags: readonly string[] = []): Promise<RunningNode> {
  const store = `sqlite:${directory}/store.sqlite`;
  const tokens = `${directory}/tokens.json`;
  mkdirSync(directory, { recursive: true });
  const token = addNewToken(tokens, { name: "bench", rights: ["count"], counters: ["*"], expires: null });
  const alone = { name: "alone", core, store, directory: `${directory}/alone`, token };
  const node = await RunningNode.start({ ...alone, flags: ["--tokens", tokens, "--conversion-delay", "0s", ...flags] });
  await node.process.until("it leads", async () => (await node.cluster()).store === "ok");
  return node;
}

async function startBare(answer: BareAnswer): Promise<{ process: PinnedProcess; url: string }> {
  const bare = new PinnedProcess([process.execPath, BARE], { core: SERVER_CORE, ipc: true });
  bare.tell(answer);
  const { port } = await bare.hear((message): message is { port: number } => typeof message === "object");
  return { process: bare, url: `http://127.0.0.1:${port}` };
}

function bareContestant({ process, url }: { process: PinnedProcess; url: string }, request: Request): Contestant {
  return { name: "bare", load: { url: url + request.path, method: request.method }, processes: [process] };
}

/** Headers that `node:http` adds by itself. */
const ADDED = new Set(["date", "connection", "keep-alive"]);

/** As wrk is answered: it takes no encoding, and says nothing of itself. */
async function answerOf(url: string, method: string): Promise<BareAnswer & { added: string }> {
  const headers = { "accept-encoding": "identity", "user-agent": "" };
  const answer = await fetch(url, { method, headers });
  const all = [...answer.headers];
  const added = all.filter(([name]) => ADDED.has(name) && name !== "date").join();
  return { headers: all.filter(([name]) => !ADDED.has(name)).flat(), body: await bytesOf(answer), added };
}

/** One character a byte. */
async function bytesOf(answer: Response): Promise<string> {
  return Buffer.from(await answer.arrayBuffer()).toString("latin1");
}

async function mustBeAlike(ours: object, theirs: object): Promise<void> {
  const texts = [ours, theirs].map((answer) => JSON.stringify(answer));
  if (texts[0] !== texts[1]) throw new BenchFailure(`the servers answer differently: ${texts.join(" and ")}`);
}
