import type { LedgerRef, LogTail, Segment } from "../../core/log/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import { PeerError, type Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { ClusterCache } from "../counter/cluster_cache.ts";
import type { HeldLogs } from "../counter/held_logs.ts";
import type { Hits } from "../counter/hits.ts";
import type { Leader } from "../leader/leader.ts";

export interface DrainDeps {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly peers: Peers;
  readonly discovery: Discovery;
  readonly hits: Hits;
  readonly heldLogs: HeldLogs;
  readonly clusterCache: ClusterCache;
  /** The leadership that this node holds, or null. */
  readonly leader: () => Leader | null;
  readonly settings: DrainSettings;
}

export interface DrainSettings {
  /** Milliseconds for which hits are still taken, while whoever routes them here learns of the drain. */
  readonly delay: number;
  /** Milliseconds after which the node leaves with whatever is left in its journal. */
  readonly timeout: number;
}

export interface DrainReport {
  /** Hits handed over to another node. */
  readonly handedOver: number;
  /** Hits that are neither committed nor handed over. */
  readonly left: number;
  /** Whether a journal on disk has them. */
  readonly kept: boolean;
}

const POLL_INTERVAL_MS = 50;
/** An idle log's end is waited for this many rounds: it is good order, no hit depends on it. */
const END_ROUNDS = 2;
/** A leader that was not heard for this many rounds is taken to be away. */
const SILENT_ROUNDS = 2.5;
/** States of the store in which a commit can be expected, if somebody leads. */
const COMMITTING: ReadonlySet<string> = new Set(["ok", "founding", "unknown"]);
/** Pause between attempts to hand over, in milliseconds. */
const HANDOFF_PAUSE_MS = 500;

/** How a node leaves (docs/protocol.md, Drain): by commit, or by handing its remains over when the leader or the store is away. */
export class Drain {
  readonly #deps: DrainDeps;
  readonly #handedOver = new Map<string, number>();
  readonly #began: number;
  #tryAgainAt = 0;
  /** When this node leaves at the latest, in monotonic milliseconds. */
  #deadline = 0;

  constructor(deps: DrainDeps) {
    this.#deps = deps;
    this.#began = deps.clock.monotonic();
  }

  /**
   * Resolves when nothing is left to do here, or at the deadline. Call once `draining` is visible to others. `beforeRefusing` is called when
   * the last hits have been taken that will be.
   */
  async run(beforeRefusing: () => void): Promise<Omit<DrainReport, "kept">> {
    const { clock, hits, heldLogs, settings } = this.#deps;
    await this.#sleep(settings.delay);
    beforeRefusing();
    hits.close();
    heldLogs.close();
    this.#deadline = clock.monotonic() + settings.timeout;
    const orderUntil = clock.monotonic() + END_ROUNDS * this.#interval();
    while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < orderUntil)) {
      if (this.#nobodyCommits()) await this.#handOff();
      await this.#sleep(POLL_INTERVAL_MS);
    }
    await this.#resignLast();
    return { handedOver: this.#handedOverHits, left: this.#left() };
  }

  #isEmpty(inOrder: boolean): boolean {
    if (this.#left() > 0) return false;
    return (
      !inOrder ||
      this.#nobodyCommits() ||
      [...this.#deps.heldLogs.all()].every(({ log, ended }) => ended || log.shown === log.base)
    );
  }

  /** Hits that are neither committed nor in another node's hands. */
  #left(): number {
    let left = 0;
    for (const { log } of this.#deps.heldLogs.all()) {
      if (!log.indeterminate && !this.#handedOver.has(log.id)) left += log.pending;
    }
    return left;
  }

  #nobodyCommits(): boolean {
    const { clusterCache, clock } = this.#deps;
    const { store } = clusterCache.store;
    const silence = clusterCache.heardAt === null ? clock.monotonic() - this.#began : clusterCache.silence;
    return silence > SILENT_ROUNDS * this.#interval() || !COMMITTING.has(store);
  }

  async #handOff(): Promise<void> {
    const { clock, random } = this.#deps;
    if (this.#left() === 0 || clock.monotonic() < this.#tryAgainAt) return;
    this.#tryAgainAt = clock.monotonic() + HANDOFF_PAUSE_MS;
    const others = await this.#receivers();
    const first = Math.floor(random.fraction() * others.length);
    for (const other of [...others.slice(first), ...others.slice(0, first)]) {
      if (await this.#handOffTo(other)) return;
    }
  }

  /** Those that the leader last spoke of and, because it may have been long ago or never, those that can be discovered now. */
  async #receivers(): Promise<Pick<Member, "id" | "name" | "peerAddress">[]> {
    const { clusterCache, discovery, self } = this.#deps;
    const rows = clusterCache.rows().filter(({ durable, state }) => durable && state !== "foreign");
    const discovered = await discovery.members().catch(() => []);
    const byAddress = new Map([...discovered, ...rows].map((other) => [other.peerAddress, other]));
    return [...byAddress.values()].filter(({ id }) => id !== self.id);
  }

  /** Message by message, each of which counts as handed over on its own yes. True when something was. */
  async #handOffTo({ id, peerAddress: address, name }: Pick<Member, "id" | "name" | "peerAddress">): Promise<boolean> {
    const { peers, logger, self } = this.#deps;
    const before = this.#handedOver.size;
    try {
      const { nodeId, takesRemains, known } = await peers.getStatus(address);
      // Addresses are given away again, to nodes of other clusters too (H15).
      if (nodeId !== id || !takesRemains || !known) return false;
      for (let remains = this.#next(known); remains.length > 0; remains = this.#next(known)) {
        const answer = await peers.handOff(address, self.id, remains);
        if (!answer.taken) break;
        for (const { source, segments } of remains) this.#handedOver.set(source, lengthOf(segments));
      }
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      logger.info("a node cannot take the hits", { node: name, error: error.message });
    }
    const some = this.#handedOver.size > before;
    if (some) logger.info("handed its hits over", { to: name, hits: this.#handedOverHits });
    return some;
  }

  /** What the next message has to hand over; nothing once time is up. */
  #next(known: LedgerRef): LogTail[] {
    const { clock, heldLogs } = this.#deps;
    return clock.monotonic() < this.#deadline ? heldLogs.tails(known, this.#handedOver) : [];
  }

  get #handedOverHits(): number {
    return [...this.#handedOver.values()].reduce((sum, hits) => sum + hits, 0);
  }

  /** A leader resigns last: nodes that drain with it need it, unless one that stays can take over. */
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
