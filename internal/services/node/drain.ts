import type { LedgerRef, LogTail, Segment } from "../../core/log/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import { PeerError, type Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { ClusterCache } from "../counter/cluster_cache.ts";
import type { HeldLogs } from "../counter/held_logs.ts";
import type { Hits } from "../counter/hits.ts";
import type { KeyedHits } from "../counter/keyed_hits.ts";
import type { Marks } from "../counter/marks.ts";
import type { Leader } from "../leader/leader.ts";

export interface DrainDeps {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly peers: Peers;
  readonly discovery: Discovery;
  readonly hits: Hits;
  readonly keyedHits: KeyedHits;
  readonly marks: Marks;
  readonly heldLogs: HeldLogs;
  readonly clusterCache: ClusterCache;
  /** The leadership that this node holds, or null. */
  readonly leader: () => Leader | null;
  readonly settings: DrainSettings;
}

export interface DrainSettings {
  /** Milliseconds for which hits are still taken, while load balancers learn of the drain. */
  readonly delay: number;
  /** Milliseconds after which the node leaves, even with hits left in its journal. */
  readonly timeout: number;
}

export interface DrainReport {
  /** Hits handed off to other nodes. */
  readonly handedOver: number;
  /** Hits that are neither committed nor handed off. */
  readonly left: number;
  /** Whether a journal on disk has them. */
  readonly kept: boolean;
}

const POLL_INTERVAL_MS = 50;
/** Rounds to wait for the ledger to end the node's sources. This keeps the ledger small; no hit depends on it. */
const END_ROUNDS = 2;
/** A leader that is silent for this many rounds counts as away. */
const SILENT_ROUNDS = 2.5;
/** States of the store in which a leader can be expected to commit. */
const COMMITTING: ReadonlySet<string> = new Set(["ok", "founding", "unknown"]);
/** Pause between attempts to hand logs off. */
const HANDOFF_PAUSE_MS = 500;

/**
 * How a node leaves (docs/protocol.md, Drain): it refuses hits, closes its log, and waits until everything is committed. While the leader or
 * the store is away it hands its logs off to another node instead.
 *
 * - D1 A log counts as handed off only after the receiver said that it has it on disk.
 * - D2 A log that was handed off is still held and offered here. The ledger counts it once, whichever holder's offer comes first.
 * - D3 The node leaves at the deadline. Hits that are left then stay in its journal for the next process.
 */
export class Drain {
  readonly #deps: DrainDeps;
  /** Hits of each log that was handed off. */
  readonly #handedOver = new Map<string, number>();
  readonly #began: number;
  #nextHandoffAt = 0;
  /** Monotonic milliseconds of the deadline. */
  #deadline = 0;

  constructor(deps: DrainDeps) {
    this.#deps = deps;
    this.#began = deps.clock.monotonic();
  }

  /**
   * Drains. Resolves when nothing is left to do, or at the deadline. Call once others can see that this node is draining. `beforeRefusing`
   * is called just before hits are refused.
   */
  async run(beforeRefusing: () => void): Promise<Omit<DrainReport, "kept">> {
    const { clock, hits, heldLogs, settings } = this.#deps;
    await this.#sleep(settings.delay);
    beforeRefusing();
    hits.close();
    heldLogs.close();
    this.#deadline = clock.monotonic() + settings.timeout;
    const waitForEndsUntil = clock.monotonic() + END_ROUNDS * this.#interval();
    while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < waitForEndsUntil)) {
      if (this.#nobodyCommits()) await this.#handOff();
      await this.#sleep(POLL_INTERVAL_MS);
    }
    await this.#resignLast();
    return { handedOver: this.#handedOverHits, left: this.#left() };
  }

  /** Whether nothing is left. `waitForEnds`: also wait until the sources have ended in the ledger, as long as someone commits. */
  #isEmpty(waitForEnds: boolean): boolean {
    // Requests with a key wait for ten seconds at most, so they hold up no drain.
    if (this.#left() > 0 || this.#deps.keyedHits.waiting > 0) return false;
    // Visitors cannot be handed off. Those that wait for a secret or for all counters do so for ten seconds at most; marks are decided
    // within a round or two. Or nobody commits.
    const { early, waiting } = this.#deps.marks;
    if (early + waiting > 0 && !this.#nobodyCommits()) return false;
    return (
      !waitForEnds ||
      this.#nobodyCommits() ||
      [...this.#deps.heldLogs.all()].every(({ log, ended }) => ended || log.shown === log.base)
    );
  }

  /** Hits that are neither committed nor handed off. */
  #left(): number {
    let left = 0;
    for (const { log } of this.#deps.heldLogs.all()) {
      if (!log.indeterminate && !this.#handedOver.has(log.id)) left += log.pending;
    }
    return left;
  }

  /** Whether no commit can be expected: the leader is silent, or the store takes none. */
  #nobodyCommits(): boolean {
    const { clusterCache, clock } = this.#deps;
    const { store } = clusterCache.store;
    const silence = clusterCache.heardAt === null ? clock.monotonic() - this.#began : clusterCache.silence;
    return silence > SILENT_ROUNDS * this.#interval() || !COMMITTING.has(store);
  }

  async #handOff(): Promise<void> {
    const { clock, random } = this.#deps;
    if (this.#left() === 0 || clock.monotonic() < this.#nextHandoffAt) return;
    this.#nextHandoffAt = clock.monotonic() + HANDOFF_PAUSE_MS;
    const others = await this.#receivers();
    const first = Math.floor(random.fraction() * others.length);
    for (const other of [...others.slice(first), ...others.slice(0, first)]) {
      if (await this.#handOffTo(other)) return;
    }
  }

  /** Nodes in the leader's last list and, because that may be old or missing, nodes that can be discovered now. */
  async #receivers(): Promise<Pick<Member, "id" | "name" | "peerAddress">[]> {
    const { clusterCache, discovery, self } = this.#deps;
    const rows = clusterCache.rows().filter(({ durable, state }) => durable && state !== "foreign");
    const discovered = await discovery.members().catch(() => []);
    const byAddress = new Map([...discovered, ...rows].map((other) => [other.peerAddress, other]));
    return [...byAddress.values()].filter(({ id }) => id !== self.id);
  }

  /** Hands logs off, message by message; each counts on its own yes (D1). True if any log was taken. */
  async #handOffTo({ id, peerAddress: address, name }: Pick<Member, "id" | "name" | "peerAddress">): Promise<boolean> {
    const { peers, logger, self } = this.#deps;
    const before = this.#handedOver.size;
    try {
      const { nodeId, takesRemains, known } = await peers.getStatus(address);
      // An address can be reused, also by a node of another cluster (H15).
      if (nodeId !== id || !takesRemains || !known) return false;
      for (let tails = this.#next(known); tails.length > 0; tails = this.#next(known)) {
        const reply = await peers.handOff(address, self.id, tails);
        if (!reply.taken) break;
        for (const { source, segments } of tails) this.#handedOver.set(source, lengthOf(segments));
      }
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      logger.info("hits could not be handed off to a node", { node: name, error: error.message });
    }
    const some = this.#handedOver.size > before;
    if (some) logger.info("hits handed off", { to: name, hits: this.#handedOverHits });
    return some;
  }

  /** The logs of the next message; none after the deadline. */
  #next(known: LedgerRef): LogTail[] {
    const { clock, heldLogs } = this.#deps;
    return clock.monotonic() < this.#deadline ? heldLogs.tails(known, this.#handedOver) : [];
  }

  get #handedOverHits(): number {
    return [...this.#handedOver.values()].reduce((sum, hits) => sum + hits, 0);
  }

  /** Resigns last: other draining nodes need this leader to commit, unless a node that stays can lead. */
  async #resignLast(): Promise<void> {
    const { clock, leader } = this.#deps;
    while (clock.monotonic() < this.#deadline && this.#isNeeded()) await this.#sleep(POLL_INTERVAL_MS);
    leader()?.resign();
    while (leader() && clock.monotonic() < this.#deadline + this.#interval()) await this.#sleep(POLL_INTERVAL_MS);
  }

  #isNeeded(): boolean {
    const others = this.#deps.leader()?.others() ?? [];
    return others.length > 0 && others.every(({ draining }) => draining) && others.some(({ drained }) => !drained);
  }

  #interval(): number {
    return this.#deps.clusterCache.interval ?? 1_000;
  }

  async #sleep(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => void this.#deps.clock.after(ms, resolve));
  }
}

function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { from, to }) => sum + to - from, 0);
}
