import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "./attack.ts";
import { commitsGoOn, PeerAttacker, totalOf } from "./peer_attacker.ts";

const INVENTED = 2 ** 46;
/** Rounds in which hits that were taken would be committed. */
const ROUNDS_MS = 3_000;

/** Somebody who reaches the peer port hands over hits that nobody has counted. */
export const attack: Attack = {
  number: 1,
  attack: "hands over 2^46 hits that nobody counted",
  bound: "none of them is counted",
  needs: ["peerAddress"],
  async run(target) {
    const counts = new Map([[target.counter, INVENTED]]);
    const reply = await new PeerAttacker(target).handOver([{ segments: [{ from: 0, to: INVENTED, counts }] }]);
    await sleep(ROUNDS_MS);
    const total = await totalOf(target, target.counter);
    const trouble = await commitsGoOn(target);
    return {
      seen: `${reply}; total ${total}${trouble ? `; ${trouble}` : ""}`,
      held: total < INVENTED && trouble === null,
    };
  },
};
