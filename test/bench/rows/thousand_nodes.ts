import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { EtcdProcess } from "../../adapters/etcd/etcd_process.ts";
import { programFile } from "../../needs.ts";
import { type EtcdSize, growth, ledgerIn } from "../many_nodes/etcd_growth.ts";
import type { LeaderNews, LeaderOrder } from "../many_nodes/leader_process.ts";
import type { EndsNews } from "../many_nodes/node_ends_process.ts";
import { writeCertificates } from "../many_nodes/peer_certificates.ts";
import { LOAD_CORE, PinnedProcess, SERVER_CORE } from "../pinned_process.ts";
import { BenchFailure, type Effort, type Line, type Row } from "../row.ts";
import { spreadOf, spreadText } from "../spread.ts";

const LEADER = fileURLToPath(new URL("../many_nodes/leader_process.ts", import.meta.url));
const ENDS = fileURLToPath(new URL("../many_nodes/node_ends_process.ts", import.meta.url));
const CPU_GOAL_MS = 60;
const BYTES_GOAL = 20_000;
const TLS_RATIO_GOAL = 1.3;
const GREETING_GOAL_S = 4;
/** A cold leader dials them all at once. Beside other programs it may lose its key meanwhile, and begin anew. */
const CONNECTING_MS = 400_000;
/** A round takes a second, and much more where other programs take the cores. */
const LONGEST_ROUND_MS = 15_000;

/** One leader, very many nodes, a real etcd. */
export const thousandNodes: Row = {
  name: "thousand-nodes",
  async run(effort) {
    if (!programFile("etcd")) return [missing()];
    const etcd = await EtcdProcess.start({ syncs: true });
    try {
      return await measured(etcd.endpoint, effort);
    } finally {
      await etcd.stop();
    }
  },
};

async function measured(endpoint: string, effort: Effort): Promise<readonly Line[]> {
  const { replays, ...scope } = effort.smoke
    ? { nodes: 100, warmUp: 0, rounds: 3, replays: 60 }
    : { nodes: 1_000, warmUp: 20, rounds: 20, replays: 1_200 };
  const news = await leadMany(endpoint, { ...scope, certificates: null }, effort);
  effort.say(`now ${replays} rounds as fast as they go`);
  const { entries } = await ledgerIn(endpoint);
  const sizes = await growth(endpoint, entries, replays);
  const secured = await tlsLines(news, scope, effort).catch(notMeasured);
  return [...roundLines(news, scope.nodes), growthLine(sizes, replays), ...secured];
}

/** What was measured without TLS is shown, too. */
function notMeasured(error: unknown): Line[] {
  if (!(error instanceof BenchFailure)) throw error;
  return [{ measure: "the same round with TLS", goal: "to run", result: error.message, reached: false }];
}

/** The same with certificates, on an etcd of its own. */
async function tlsLines(
  plain: readonly LeaderNews[],
  scope: Omit<Scope, "certificates">,
  effort: Effort,
): Promise<Line[]> {
  const etcd = await EtcdProcess.start({ syncs: true });
  const certificates = await writeCertificates();
  try {
    const secured = await leadMany(etcd.endpoint, { ...scope, certificates }, effort);
    const [with_, without] = [secured, plain].map((news) => spreadOf(cpuOf(news)));
    const ratio = with_!.median / without!.median;
    const [took, tookPlain] = [secured, plain].map((news) => (news[0]?.greetedMs ?? Number.NaN) / 1000);
    return [
      {
        measure: `the same round with TLS and client certificates: CPU of the leader`,
        goal: `<= ${TLS_RATIO_GOAL} times`,
        result: `${ratio.toFixed(2)} times: ${spreadText(with_!, 1)} ms`,
        reached: ratio <= TLS_RATIO_GOAL,
      },
      {
        measure: `${scope.nodes} nodes greet a new leader, with TLS and client certificates`,
        goal: `< ${GREETING_GOAL_S} s`,
        result: `${took!.toFixed(1)} s; without ${tookPlain!.toFixed(1)} s`,
        reached: took! < GREETING_GOAL_S,
      },
    ];
  } finally {
    rmSync(certificates, { recursive: true });
    await etcd.stop();
  }
}

interface Scope {
  readonly nodes: number;
  /** Rounds that are not measured: a leader is hot in its second minute, and leads for days. */
  readonly warmUp: number;
  readonly rounds: number;
  /** Folder with them; null: without TLS. */
  readonly certificates: string | null;
}

/** Resolves to what the leader said at the beginning of the measured rounds and after each. */
async function leadMany(
  endpoint: string,
  { nodes, warmUp, rounds, certificates }: Scope,
  effort: Effort,
): Promise<LeaderNews[]> {
  const ends = new PinnedProcess([process.execPath, ENDS, String(nodes), ...(certificates ? [certificates] : [])], {
    core: LOAD_CORE,
    ipc: true,
  });
  const { members } = await ends.hear((m): m is EndsNews & { kind: "serves" } => isEnds(m, "serves"), CONNECTING_MS);
  const leader = new PinnedProcess([process.execPath, LEADER], { core: SERVER_CORE, ipc: true });
  leader.tell({ etcd: endpoint, members, certificates } satisfies LeaderOrder);
  await ends.hear((m): m is EndsNews => isEnds(m, "all count"), CONNECTING_MS);
  effort.say(`${nodes} nodes count`);
  const from = leader.messages.length + warmUp;
  const longest = LONGEST_ROUND_MS * (warmUp + rounds);
  await leader.until("enough rounds are over", () => leader.messages.length > from + rounds, longest);
  const news = leader.messages.slice(from, from + rounds + 1) as LeaderNews[];
  ends.tell({ kind: "stop" });
  const { hits } = await ends.hear((m): m is EndsNews & { kind: "all shown" } => isEnds(m, "all shown"), CONNECTING_MS);
  await leader.end("SIGKILL");
  await ends.end("SIGKILL");
  await mustHold(endpoint, hits);
  return news;
}

async function mustHold(endpoint: string, hits: number): Promise<void> {
  const { entries } = await ledgerIn(endpoint);
  const counted = decodeLedger(entries)?.totals.sum ?? 0n;
  if (counted !== BigInt(hits)) throw new BenchFailure(`${hits} hits were offered and shown, ${counted} were counted`);
}

function roundLines(news: readonly LeaderNews[], nodes: number): Line[] {
  const each = (of: (news: LeaderNews) => number) => growthOf(news, of);
  const cpu = spreadOf(cpuOf(news));
  const bytes = spreadOf(each(({ bytes }) => bytes));
  const stages = (["collect", "commit", "publish"] as const).map((stage) => {
    return `${stage} ${spreadOf(each(({ stages }) => stages[stage] * 1000)).median.toFixed(0)} ms`;
  });
  const what = `a round over ${nodes} nodes with 10 counters each, loopback gRPC`;
  return [
    {
      measure: `${what}: CPU of the leader`,
      goal: `< ${CPU_GOAL_MS} ms`,
      result: `${spreadText(cpu, 1)} ms; as the clock goes: ${stages.join(", ")}`,
      reached: cpu.median < CPU_GOAL_MS,
    },
    {
      measure: `${what}: written to etcd`,
      goal: `< ${BYTES_GOAL / 1000} kB`,
      result: `${spreadText({ ...bytes, ...scaled(bytes) }, 1)} kB of keys and values`,
      reached: bytes.median < BYTES_GOAL,
    },
  ];
}

/** CPU milliseconds of each round. */
function cpuOf(news: readonly LeaderNews[]): number[] {
  return growthOf(news, ({ cpu }) => cpu * 1000);
}

function growthOf(news: readonly LeaderNews[], of: (news: LeaderNews) => number): number[] {
  return news.slice(1).map((after, at) => of(after) - of(news[at]!));
}

function scaled({ median, least, most }: { median: number; least: number; most: number }) {
  return { median: median / 1000, least: least / 1000, most: most / 1000 };
}

function growthLine(sizes: readonly EtcdSize[], rounds: number): Line {
  const course = (of: (size: EtcdSize) => number) => sizes.map((size) => (of(size) / 1e6).toFixed(1)).join(" ");
  return {
    measure: `etcd over ${rounds} such rounds (one a simulated second)`,
    goal: "bounded",
    result:
      `resident ${course(({ resident }) => resident)} MB, database ${course(({ database }) => database)} MB, at the ` +
      "start and after every 300 rounds; compacted there explicitly, because the time is simulated",
    reached: null,
  };
}

function missing(): Line {
  const result = "no etcd found: put etcd 3.6 on the PATH or name it in ETCD_BINARY";
  return { measure: "a round over 1,000 nodes; etcd's growth", goal: "-", result, reached: null };
}

function isEnds(message: unknown, kind: EndsNews["kind"]): boolean {
  return (message as EndsNews).kind === kind;
}
