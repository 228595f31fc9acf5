import { positionOf } from "../../core/ledger/ledger.ts";
import type { Rounds } from "../../core/ledger/rounds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";
import type { CollectReply } from "../../ports/peers.ts";
import { CopiedLogs } from "./copied_logs.ts";
import type { Follower } from "./follower.ts";
import type { Followers } from "./followers.ts";
import type { OpenLedger } from "./open_ledger.ts";
import type { ReplyBarrier } from "./reply_barrier.ts";
import type { RoundLog } from "./round_log.ts";
import { UncountedHits } from "./uncounted_hits.ts";

export interface ReplyCollectorDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly roundLog: RoundLog;
  readonly followers: Followers;
  readonly ledger: OpenLedger;
  readonly replies: ReplyBarrier<Follower>;
  /** Milliseconds between rounds. */
  readonly interval: number;
  readonly nameOf: (node: string) => string;
}

/** A collect waits for replies for this share of the interval. Later replies are dropped; the next round asks again. */
const REPLY_SHARE = 0.5;

/** Asks all nodes for their batches once a round, and gives their replies to `Rounds` (docs/protocol.md, Collect). */
export class ReplyCollector {
  readonly #deps: ReplyCollectorDeps;
  readonly #copiedLogs: CopiedLogs;
  readonly #uncountedHits: UncountedHits;

  constructor(deps: ReplyCollectorDeps) {
    const { logger, meter, nameOf } = deps;
    this.#deps = deps;
    this.#copiedLogs = new CopiedLogs(logger, meter, nameOf);
    this.#uncountedHits = new UncountedHits(logger, nameOf);
  }

  /** Resolves when all nodes have replied, or after half of the interval. */
  async collect(rounds: Rounds): Promise<void> {
    const { clock, meter, roundLog, followers, ledger, replies, interval } = this.#deps;
    const start = clock.monotonic();
    const collect = {
      kind: "collect",
      epoch: rounds.epoch,
      round: rounds.begin(),
      ledger: positionOf(rounds.ledger),
    } as const;
    const asked = followers.ready();
    ledger.lastRound = rounds.round;
    const all = replies.wait(asked, interval * REPLY_SHARE, clock);
    for (const follower of asked) follower.send(collect);
    await all;
    roundLog.collected(rounds.round, asked.length, rounds.answered);
    meter.stage("collect", (clock.monotonic() - start) / 1000);
  }

  saidHello({ member, report }: Follower): void {
    if (report) this.#copiedLogs.saidHello(member.id, report, this.#deps.ledger.lastRound);
  }

  replied(follower: Follower, reply: CollectReply): void {
    const { ledger, clock, replies } = this.#deps;
    const { id } = follower.member;
    if (!ledger.rounds?.accept(id, reply, clock.monotonic())) return;
    this.#copiedLogs.replied(id, reply, reply.round);
    this.#uncountedHits.heard(id, reply.indeterminate);
    replies.replied(follower);
  }
}
