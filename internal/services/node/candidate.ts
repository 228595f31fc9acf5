import type { Clock } from "../../ports/clock.ts";
import type { Member } from "../../ports/discovery.ts";
import type { Election, Lease } from "../../ports/election.ts";
import type { Logger } from "../../ports/logger.ts";
import { PeerError, type Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import { type LeaderKey, StoreError } from "../../ports/store.ts";
import type { ClusterCache } from "../counter/cluster_cache.ts";
import { storeFailure } from "../counter/store_failure.ts";
import type { TakeOver } from "./take_over.ts";

export interface CandidateDeps {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly election: Election;
  readonly peers: Peers;
  readonly clusterCache: ClusterCache;
  /** Milliseconds between rounds, before a leader has said. */
  readonly interval: number;
  readonly draining: () => boolean;
  readonly takeOver: TakeOver;
  /** Leads. Resolves when the leadership has ended, to the milliseconds for which to leave the key to other nodes. */
  readonly lead: (lease: Lease, tookOver: boolean) => Promise<number>;
  readonly changed: () => void;
}

/** How often a follower checks whether it still hears a leader. */
const POLL_INTERVAL_MS = 200;
/** A follower that has heard no leader for this many rounds asks the store which node leads. */
const SILENT_ROUNDS = 3;
/** Extra silence before a draining node acts: it should lead only if no other node does. */
const DRAINING_DELAY_MS = 1_000;
/** Pause after the first announcement; each later one is twice as long. */
const FIRST_ANNOUNCE_PAUSE_MS = 500;
/** Longest such pause. It is short: the leader in the key may be dead, and etcd extends its lease when etcd itself restarts. */
const MAX_ANNOUNCE_PAUSE_MS = 2_000;
/** How often a node tries to take over from a leader that it lost: others may notice its end a little later. */
const TAKE_OVER_ATTEMPTS = 3;

/** A follower that hears no leader asks the store which node leads. It announces itself to that node or, if there is none, campaigns (docs/protocol.md, Elect). */
export class Candidate {
  readonly #deps: CandidateDeps;
  #stopped = false;
  #busy = false;
  #silenceTimeoutMs: number;
  #announcePauseMs = FIRST_ANNOUNCE_PAUSE_MS;
  #notBefore = 0;
  /** Epoch of the leader that was lost; 0: none was. */
  #lost = 0;
  #takeOversLeft = 0;
  #cancel = () => {};

  constructor(deps: CandidateDeps) {
    this.#deps = deps;
    this.#silenceTimeoutMs = this.#newSilenceTimeout();
  }

  start(): void {
    void this.#poll();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Call when the leader has resigned: campaign soon, after a random pause that keeps candidates apart. */
  leaderResigned(): void {
    this.#deps.clusterCache.heardAt = null;
    this.#silenceTimeoutMs = 0;
    this.#schedule(this.#deps.random.fraction() * POLL_INTERVAL_MS);
  }

  /** Call when the obeyed leader's stream has ended, and it had not resigned: perhaps its process has ended. */
  leaderLost(epoch: number): void {
    this.#lost = epoch;
    this.#takeOversLeft = TAKE_OVER_ATTEMPTS;
    if (!this.#busy) this.#schedule(0);
  }

  /** Call when a leader is obeyed. */
  leaderHeard(): void {
    this.#takeOversLeft = 0;
  }

  async #poll(): Promise<void> {
    if (this.#stopped || this.#busy) return;
    this.#busy = true;
    await this.#considerLeading();
    this.#busy = false;
    this.#schedule(POLL_INTERVAL_MS * (0.5 + this.#deps.random.fraction()));
  }

  #schedule(ms: number): void {
    this.#cancel();
    if (!this.#stopped) this.#cancel = this.#deps.clock.after(ms, () => void this.#poll());
  }

  async #considerLeading(): Promise<void> {
    const { clusterCache, clock, draining } = this.#deps;
    if (this.#takeOversLeft > 0 && !draining() && (await this.#takeOver())) return;
    if (clusterCache.silence < this.#silenceTimeoutMs + (draining() ? DRAINING_DELAY_MS : 0)) {
      this.#announcePauseMs = FIRST_ANNOUNCE_PAUSE_MS;
      return;
    }
    if (clock.monotonic() < this.#notBefore) return;
    try {
      await this.#askWhoLeads();
    } catch (error) {
      this.#pause();
      if (error instanceof StoreError) this.#storeFailed(error);
      else if (!(error instanceof PeerError)) throw error;
    }
  }

  /** Whether this node has led. */
  async #takeOver(): Promise<boolean> {
    this.#takeOversLeft--;
    try {
      const lease = await this.#deps.takeOver.from(this.#lost);
      if (lease) await this.#lead(lease, true);
      return lease !== null;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return false;
    }
  }

  async #askWhoLeads(): Promise<void> {
    const { election, self } = this.#deps;
    const candidate = { nodeId: self.id, address: self.peerAddress };
    const key = await election.leader();
    if (key && key.nodeId !== self.id) return this.#announce(key);
    // A key of this node's, which does not lead: an earlier process had the same id, or the answer to a campaign was lost.
    const lease = key ? await election.takeOver(candidate, key) : await election.campaign(candidate);
    if (lease) await this.#lead(lease, false);
  }

  async #announce(key: LeaderKey): Promise<void> {
    this.#pause();
    await this.#deps.peers.announce(key.address, this.#deps.self, key.nodeId);
  }

  async #lead(lease: Lease, tookOver: boolean): Promise<void> {
    if (this.#stopped) return lease.resign();
    const pause = await this.#deps.lead(lease, tookOver);
    const { clock } = this.#deps;
    this.#silenceTimeoutMs = this.#newSilenceTimeout();
    this.#notBefore = clock.monotonic() + pause;
  }

  /** Gives the leader, or the store, time before the next attempt; longer each time. */
  #pause(): void {
    const { clock, random } = this.#deps;
    this.#notBefore = clock.monotonic() + this.#announcePauseMs * (0.5 + random.fraction() / 2);
    this.#announcePauseMs = Math.min(MAX_ANNOUNCE_PAUSE_MS, this.#announcePauseMs * 2);
  }

  #storeFailed(error: StoreError): void {
    const { clusterCache, logger, changed } = this.#deps;
    if (!clusterCache.storeFailure)
      logger.warn("store cannot be asked which node leads; counting goes on", { error: error.message });
    clusterCache.storeFailure = storeFailure(error);
    this.#announcePauseMs = FIRST_ANNOUNCE_PAUSE_MS;
    changed();
  }

  #newSilenceTimeout(): number {
    const { clusterCache, interval, random } = this.#deps;
    return SILENT_ROUNDS * (clusterCache.interval ?? interval) * (1 + 0.2 * random.fraction());
  }
}
