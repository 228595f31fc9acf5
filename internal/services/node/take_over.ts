import type { Clock } from "../../ports/clock.ts";
import type { Member } from "../../ports/discovery.ts";
import type { Election, Lease } from "../../ports/election.ts";
import type { Logger } from "../../ports/logger.ts";
import { PeerError, type Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { LeaderKey } from "../../ports/store.ts";

export interface TakeOverDeps {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly election: Election;
  readonly peers: Peers;
  /** The nodes in the last leader's list. */
  readonly listed: () => readonly Member[];
}

/** No epoch is taken over before it is this old. Otherwise nodes that reach each other badly could take over from each other all the time. */
const MIN_AGE_MS = 10_000;
/** Pause between the two attempts to connect to the leader. It differs between nodes, so that one of them is first. */
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 200;
/** At most this many other nodes are asked. */
const WITNESSES = 3;

/**
 * Ends the lease of a leader whose process has ended, so that nobody has to wait until it runs out (docs/protocol.md, Take over).
 *
 * The store's conditions keep the ledger right whatever is believed here. What is asked here only keeps a leader that works from being replaced.
 */
export class TakeOver {
  readonly #deps: TakeOverDeps;
  /** The newest epoch that was obeyed, and monotonic milliseconds since when. */
  #heard = { epoch: 0, since: 0 };
  /** A node that reached this one when it led after a take-over, and that it could not reach. */
  #unreached: Member | null = null;

  constructor(deps: TakeOverDeps) {
    this.#deps = deps;
  }

  /** Call when a leader is obeyed. */
  heard(epoch: number): void {
    if (epoch !== this.#heard.epoch) this.#heard = { epoch, since: this.#deps.clock.monotonic() };
  }

  /** Call when this node led after a take-over and could not reach `member`, which reached it. Until it does, it takes over no more. */
  couldNotReach(member: Member): void {
    this.#unreached = member;
  }

  /** Takes over from the leader of `epoch`, if its process has ended. Null if it may live, or if another node was first. Throws StoreError. */
  async from(epoch: number): Promise<Lease | null> {
    const { clock, election, logger, self } = this.#deps;
    if (epoch !== this.#heard.epoch || clock.monotonic() - this.#heard.since < MIN_AGE_MS) return null;
    const key = await election.leader();
    if (key?.epoch !== epoch || key.nodeId === self.id) return null;
    if (!(await this.#isGone(key)) || !(await this.#reachesAll()) || !(await this.#othersAgree(key))) return null;
    logger.info("the leader's process has ended; taking over", { epoch, address: key.address });
    return election.takeOver({ nodeId: self.id, address: self.peerAddress }, key);
  }

  /** Whether the leader of `epoch` lives, as far as this node can tell: it reaches its process, or another node leads already. Throws StoreError. */
  async isAlive(epoch: number): Promise<boolean> {
    const key = await this.#deps.election.leader();
    if (key?.epoch !== epoch) return true;
    const presence = await this.#deps.peers.reach(key.address);
    return presence.kind === "there" && presence.nodeId === key.nodeId;
  }

  async #isGone(key: LeaderKey): Promise<boolean> {
    if (!(await this.#refuses(key))) return false;
    await this.#pause(MIN_PAUSE_MS + this.#deps.random.fraction() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
    return this.#refuses(key);
  }

  /** A timeout or an unreachable network prove nothing. */
  async #refuses({ address, nodeId }: LeaderKey): Promise<boolean> {
    const presence = await this.#deps.peers.reach(address);
    return presence.kind === "refused" || (presence.kind === "there" && presence.nodeId !== nodeId);
  }

  async #reachesAll(): Promise<boolean> {
    if (this.#unreached === null) return true;
    const presence = await this.#deps.peers.reach(this.#unreached.peerAddress);
    if (presence.kind === "there" && presence.nodeId === this.#unreached.id) this.#unreached = null;
    return this.#unreached === null;
  }

  /** Whether no other node hears or reaches the leader. If there are others and none replies, it is this node that is cut off. */
  async #othersAgree({ epoch, nodeId }: LeaderKey): Promise<boolean> {
    const { listed, peers, self } = this.#deps;
    const others = listed().filter(({ id }) => id !== self.id && id !== nodeId);
    const asked = this.#some(others).map(({ peerAddress }) => peers.hears(peerAddress, epoch));
    const replies = await Promise.allSettled(asked);
    const failure = replies.find((reply) => reply.status === "rejected" && !(reply.reason instanceof PeerError));
    if (failure?.status === "rejected") throw failure.reason;
    const answers = replies.flatMap((reply) => (reply.status === "fulfilled" ? [reply.value] : []));
    return others.length === 0 || (answers.length > 0 && !answers.includes(true));
  }

  /** WITNESSES of them at most, by chance. */
  #some(others: readonly Member[]): Member[] {
    const left = [...others];
    const chosen: Member[] = [];
    while (chosen.length < WITNESSES && left.length > 0)
      chosen.push(...left.splice(Math.floor(this.#deps.random.fraction() * left.length), 1));
    return chosen;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#deps.clock.after(ms, resolve));
  }
}
