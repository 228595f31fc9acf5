import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "./attack.ts";
import { commitsGoOn, PeerAttacker } from "./peer_attacker.ts";

const CALLS = 6;
const NAMES = 70_000;
/** Counters that a cluster takes, unless it is told otherwise. */
const MAX_COUNTERS = 10_000;
const ROUNDS_MS = 3_000;

/** Somebody who reaches the peer port hands over more names than a ledger may have. */
export const attack: Attack = {
  number: 4,
  attack: `hands over ${CALLS * NAMES} names in ${CALLS} calls`,
  bound: "none is taken beyond the limit of counters, and commits go on",
  needs: ["peerAddress"],
  memoryMb: 400,
  async run(target) {
    const attacker = new PeerAttacker(target);
    const prefix = `n${Date.now().toString(36)}`;
    const replies: string[] = [];
    for (let i = 0; i < CALLS; i++) {
      const counts = new Map(Array.from({ length: NAMES }, (_, n) => [`${prefix}-${i}-${n}${"x".repeat(64)}`, 1]));
      replies.push(await attacker.handOver([{ segments: [{ from: 0, to: NAMES, counts }] }]));
    }
    await sleep(ROUNDS_MS);
    const made = await countersFrom(target.publicUrl, prefix);
    const trouble = await commitsGoOn(target);
    const seen = `${[...new Set(replies)].join("; ")}; ${made} new counters${trouble ? `; ${trouble}` : ""}`;
    return { seen, held: made <= MAX_COUNTERS && !replies.includes("taken") && trouble === null };
  },
};

async function countersFrom(publicUrl: string, prefix: string): Promise<number> {
  const response = await fetch(`${publicUrl}/v1/counters?after=${prefix}&limit=1000`);
  const { counters } = (await response.json()) as { counters: readonly { counter: string }[] };
  return counters.filter(({ counter }) => counter.startsWith(prefix)).length;
}
