import { positionOf } from "../../core/ledger/ledger.ts";
import type { Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import type { LeaderHello } from "../../ports/peers.ts";
import type { Follower } from "./follower.ts";
import type { Followers } from "./followers.ts";
import type { Leadership } from "./leadership.ts";
import type { LedgerKnowledge } from "./ledger_knowledge.ts";
import type { OpenLedger } from "./open_ledger.ts";
import type { ReplyBarrier } from "./reply_barrier.ts";
import type { ReplyCollector } from "./reply_collector.ts";
import type { SnapshotSender } from "./snapshot_sender.ts";

export interface FollowerEventsDeps {
  /** This node. */
  readonly self: { readonly id: string };
  readonly epoch: number;
  readonly logger: Logger;
  /** Whether this term began with the end of another leader's lease (docs/protocol.md, Take over). */
  readonly tookOver: boolean;
  /** Called when this leader took over, and cannot reach a node that reached it. */
  readonly couldNotReach: (member: Member) => void;
  readonly leadership: Leadership;
  readonly followers: Followers;
  readonly knowledge: LedgerKnowledge;
  readonly ledger: OpenLedger;
  readonly snapshots: SnapshotSender;
  readonly collector: ReplyCollector;
  readonly replies: ReplyBarrier<Follower>;
}

/** What a leader does when a node announces itself, says hello, or is lost. */
export class FollowerEvents {
  readonly #deps: FollowerEventsDeps;
  /** Ids of nodes that announced themselves. */
  readonly #announced = new Set<string>();

  constructor(deps: FollowerEventsDeps) {
    this.#deps = deps;
  }

  /** Collects a node that discovery may not know. */
  announce(member: Member, authenticated: boolean): void {
    const { followers } = this.#deps;
    followers.announce(member, authenticated);
    if (followers.all().some(({ member: { id } }) => id === member.id)) this.#announced.add(member.id);
  }

  leaderHello(): LeaderHello {
    const { self, epoch } = this.#deps;
    const ledger = this.#deps.ledger.rounds?.ledger;
    const adopted = ledger?.adoptions.map((adoption) => adoption.ledger) ?? [];
    return { kind: "welcome", leader: self.id, epoch, ledger: ledger ? positionOf(ledger) : null, adopted };
  }

  saidHello(follower: Follower): void {
    const { collector, knowledge, ledger, snapshots, replies } = this.#deps;
    collector.saidHello(follower);
    knowledge.markForeign(ledger.rounds?.ledger);
    snapshots.publishTo(follower);
    replies.replied(follower);
  }

  lostConnection(follower: Follower, reason: string): void {
    const { name: node, peerAddress: address } = follower.member;
    // A dead node stays listed for a while and is tried again and again: only the first failure is logged.
    if (follower.failures === 1) this.#deps.logger.info("stream to a node lost", { node, address, reason });
    this.#makeWayFor(follower.member);
    this.#deps.replies.replied(follower);
  }

  /** A leader that took over may be the one that is cut off: the former leader may still reach the node. */
  #makeWayFor(member: Member): void {
    const { tookOver, couldNotReach, leadership } = this.#deps;
    if (!tookOver || !this.#announced.has(member.id)) return;
    couldNotReach(member);
    leadership.end("resigned", `it took over, and cannot reach ${member.name}, which reached it`);
  }
}
