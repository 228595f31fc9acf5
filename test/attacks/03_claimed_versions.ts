import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "./attack.ts";
import { commitsGoOn, PeerAttacker } from "./peer_attacker.ts";

const ROUNDS_MS = 3_000;

/** Somebody who reaches the peer port hands over a hit, and claims that it has seen more of the ledger than the store has. */
export const attack: Attack = {
  number: 3,
  attack: "claims versions of the ledger that the store does not have",
  bound: "commits go on, and the store is not taken for lost",
  needs: ["peerAddress"],
  async run(target) {
    const attacker = new PeerAttacker(target);
    const { id, version } = await attacker.ledger();
    const replies: string[] = [];
    for (const claimed of [Number.MAX_SAFE_INTEGER, version + 100_000, version + 50]) {
      const counts = new Map([[target.counter, 1]]);
      const firstOffer = { id, version: claimed };
      replies.push(await attacker.handOver([{ firstOffer, segments: [{ from: 0, to: 1, counts }] }]));
    }
    await sleep(ROUNDS_MS);
    const trouble = await commitsGoOn(target);
    return { seen: `${replies.join("; ")}${trouble ? `; ${trouble}` : ""}`, held: trouble === null };
  },
};
