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
  /** Hits per second, rounds. */
  readonly ours: Spread;
  readonly theirs: Spread;
  /** The least share of a round's time that the processes of the contestant under load ran: near 1, the server was the limit. */
  readonly busy: number;
  /** Hits that were acknowledged, warm-up included. */
  readonly acknowledged: { readonly ours: number; readonly theirs: number };
}

interface Round {
  readonly rate: number;
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
    if (pair >= 0) effort.say(`${ours.name} / ${theirs.name}: ${ratios(rounds).at(-1)?.toFixed(3)}`);
  }
  return report(rounds);
}

async function round(contestant: Contestant, seconds: number): Promise<Round> {
  // What the other side left to do is done by then.
  await sleep(200);
  const cpu = cpuOf(contestant);
  const began = performance.now();
  const { hits, seconds: took } = await load({ ...contestant.load, seconds });
  const busy = (cpuOf(contestant) - cpu) / ((performance.now() - began) / 1000);
  return { rate: hits / took, busy, hits };
}

function cpuOf({ processes }: Contestant): number {
  return processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** The first pair is for warming up. */
function ratios({ ours, theirs }: { ours: readonly Round[]; theirs: readonly Round[] }): number[] {
  return ours.slice(1).map(({ rate }, at) => rate / theirs[at + 1]!.rate);
}

function report(rounds: { ours: readonly Round[]; theirs: readonly Round[] }): ContestReport {
  const { ours, theirs } = rounds;
  const sum = (rounds: readonly Round[]) => rounds.reduce((sum, { hits }) => sum + hits, 0);
  return {
    ratio: spreadOf(ratios(rounds)),
    ours: spreadOf(ours.slice(1).map(({ rate }) => rate)),
    theirs: spreadOf(theirs.slice(1).map(({ rate }) => rate)),
    busy: Math.min(...[...ours.slice(1), ...theirs.slice(1)].map(({ busy }) => busy)),
    acknowledged: { ours: sum(ours), theirs: sum(theirs) },
  };
}
