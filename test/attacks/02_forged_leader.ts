import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "./attack.ts";
import { commitsGoOn, PeerAttacker, totalOf } from "./peer_attacker.ts";

const EPOCH = Number.MAX_SAFE_INTEGER;
/** Longer than a hit may wait for its commit. */
const STAY_MS = 12_000;
const HEARD_MS = 1_000;

/** Somebody who reaches the peer port says that it leads, with an epoch that no other one passes. */
export const attack: Attack = {
  number: 2,
  attack: "says welcome with epoch 2^53-1",
  bound: "it is not obeyed: the leader stays, hits are committed, the total does not step back",
  needs: ["peerAddress"],
  async run(target) {
    const attacker = new PeerAttacker(target);
    const before = await totalOf(target, target.counter);
    const ledger = await attacker.ledger();
    const { version } = ledger;
    const ended = attacker.lead(
      [
        { kind: "welcome", leader: attacker.id(), epoch: EPOCH, ledger, adopted: [] },
        { kind: "collect", epoch: EPOCH, round: 1, ledger: { ...ledger, version: version + 1 } },
      ],
      STAY_MS,
    );
    await sleep(HEARD_MS);
    const trouble = await commitsGoOn(target);
    const after = await totalOf(target, target.counter);
    const end = await ended;
    const seen = `${end}; total ${before} before, ${after} after${trouble ? `; ${trouble}` : ""}`;
    return { seen, held: trouble === null && after >= before };
  },
};
