import { setTimeout as sleep } from "node:timers/promises";
import type { PinnedProcess } from "./pinned_process.ts";
import type { Effort } from "./row.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { type LoadOptions, load } from "./wrk.ts";

/** A server under load. */
export interface Contestant {
  readonly name: string;
  readonly load: Pick<LoadOptions, "url" | "method">;
  /** Everything that serves it, on the server's core. */
  readonly processes: readonly PinnedProcess[];
}

export interface ContestReport {
  /** Ours by theirs, one for each pair of rounds. */
  readonly ratio: Spread;
  /** The same by the time that the servers' processes ran, which other programs on their core do not change. */
  readonly byCpu: Spread;
  /** Hits per second, rounds. */
  readonly ours: Spread;
  readonly theirs: Spread;
  /** The least share of a round's time that the processes of the contestant under load ran: near 1, the server was the limit. */
  readonly busy: number;
  /** Hits that were acknowledged, warm-up included. */
  readonly acknowledged: { readonly ours: number; readonly theirs: number };
}

/** wrk is connected by then. */
const START_MS = 200;

export interface Round {
  readonly rate: number;
  /** Hits per second that its processes ran. */
  readonly byCpu: number;
  readonly busy: number;
  readonly hits: number;
}

/** Loads two servers in turn, `ABBAABBA...`: what the machine does meanwhile, or a drift of its speed, meets both alike. */
export async function contest(ours: Contestant, theirs: Contestant, effort: Effort): Promise<ContestReport> {
  const { pairs, seconds } = effort.smoke ? { pairs: 1, seconds: 1 } : { pairs: 7, seconds: 3 };
  const rounds: { ours: Round[]; theirs: Round[] } = { ours: [], theirs: [] };
  for (let pair = -1; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
    for (const side of order) rounds[side].push(await round(side === "ours" ? ours : theirs, seconds));
    if (pair >= 0) effort.say(`${ours.name} / ${theirs.name}: ${ratios(rounds, "rate").at(-1)?.toFixed(3)}`);
  }
  return report(rounds);
}

export interface CpuReport {
  /** Ours by theirs, by the time that the servers' processes ran, one for each round. */
  readonly byCpu: Spread;
  /** Hits that were acknowledged, warm-up included. */
  readonly acknowledged: { readonly ours: number; readonly theirs: number };
}

/**
 * Loads two servers at the same time, on one core, and compares the time that each ran for a hit. Whatever else the machine does meanwhile
 * slows both alike, so this is much steadier than `contest`. It says nothing about hits per second.
 */
export async function contestAtOnce(ours: Contestant, theirs: Contestant, effort: Effort): Promise<CpuReport> {
  const { rounds, seconds } = effort.smoke ? { rounds: 1, seconds: 1 } : { rounds: 15, seconds: 2 };
  const done: { ours: Round[]; theirs: Round[] } = { ours: [], theirs: [] };
  for (let at = -1; at < rounds; at++) {
    const [our, their] = await Promise.all([round(ours, seconds), round(theirs, seconds)]);
    done.ours.push(our);
    done.theirs.push(their);
    if (at >= 0) effort.say(`${ours.name} / ${theirs.name}: ${ratios(done, "byCpu").at(-1)?.toFixed(3)}`);
  }
  return { byCpu: spreadOf(ratios(done, "byCpu")), acknowledged: acknowledgedIn(done) };
}

/** Loads one server for so long, alone. */
export async function round(contestant: Contestant, seconds: number): Promise<Round> {
  // What the other side left to do is done by then.
  await sleep(200);
  const loaded = load({ ...contestant.load, seconds });
  const busy = busyWhile(contestant, seconds);
  const { hits, seconds: took } = await loaded;
  const rate = hits / took;
  return { rate, byCpu: rate / (await busy), busy: await busy, hits };
}

/** The share of the next `seconds` that its processes run; wrk's last second, which has no hits, is not in them. */
async function busyWhile(contestant: Contestant, seconds: number): Promise<number> {
  await sleep(START_MS);
  const cpu = cpuOf(contestant);
  const began = performance.now();
  await sleep(seconds * 1000 - 2 * START_MS);
  return (cpuOf(contestant) - cpu) / ((performance.now() - began) / 1000);
}

function cpuOf({ processes }: Contestant): number {
  return processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

interface Rounds {
  readonly ours: readonly Round[];
  readonly theirs: readonly Round[];
}

/** The first pair is for warming up. */
function ratios({ ours, theirs }: Rounds, of: "rate" | "byCpu"): number[] {
  return ours.slice(1).map((round, at) => round[of] / theirs[at + 1]![of]);
}

function acknowledgedIn({ ours, theirs }: Rounds): CpuReport["acknowledged"] {
  const sum = (rounds: readonly Round[]) => rounds.reduce((sum, { hits }) => sum + hits, 0);
  return { ours: sum(ours), theirs: sum(theirs) };
}

function report(rounds: Rounds): ContestReport {
  const { ours, theirs } = rounds;
  return {
    ratio: spreadOf(ratios(rounds, "rate")),
    byCpu: spreadOf(ratios(rounds, "byCpu")),
    ours: spreadOf(ours.slice(1).map(({ rate }) => rate)),
    theirs: spreadOf(theirs.slice(1).map(({ rate }) => rate)),
    busy: Math.min(...[...ours.slice(1), ...theirs.slice(1)].map(({ busy }) => busy)),
    acknowledged: acknowledgedIn(rounds),
  };
}
