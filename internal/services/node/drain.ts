import type { LedgerRef, Remains, Segment } from "../../core/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Log } from "../../ports/log.ts";
import { PeerError, type Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { ClusterPicture } from "../counter/cluster_picture.ts";
import type { Hits } from "../counter/hits.ts";
import type { Holdings } from "../counter/holdings.ts";
import type { Leader } from "../leader/leader.ts";

export interface DrainParts {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly peers: Peers;
  readonly discovery: Discovery;
  readonly hits: Hits;
  readonly holdings: Holdings;
  readonly picture: ClusterPicture;
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

const LOOK_EVERY = 50;
/** An idle log's end is waited for this many rounds: it is good order, no hit depends on it. */
const ROUNDS_FOR_THE_END = 2;
/** A leader that was not heard for this many rounds is taken to be away. */
const SILENT_ROUNDS = 2.5;
/** States of the store in which a commit can be expected, if somebody leads. */
const COMMITTING: ReadonlySet<string> = new Set(["ok", "founding", "unknown"]);
/** Pause between attempts to hand over, in milliseconds. */
const HAND_OVER_PAUSE = 500;

/** How a node leaves (DESIGN rule 9): by commit, or by handing its remains over when the leader or the store is away. */
export class Drain {
  readonly #parts: DrainParts;
  readonly #handedOver = new Map<string, number>();
  readonly #began: number;
  #tryAgainAt = 0;
  /** When this node leaves at the latest, in monotonic milliseconds. */
  #deadline = 0;

  constructor(parts: DrainParts) {
    this.#parts = parts;
    this.#began = parts.clock.monotonic();
  }

  /**
   * Resolves when nothing is left to do here, or at the deadline. Call once `draining` is visible to others. `beforeRefusing` is called when
   * the last hits have been taken that will be.
   */
  async run(beforeRefusing: () => void): Promise<Omit<DrainReport, "kept">> {
    const { clock, hits, holdings, settings } = this.#parts;
    await this.#sleep(settings.delay);
    beforeRefusing();
    hits.close();
    holdings.close();
    this.#deadline = clock.monotonic() + settings.timeout;
    const orderUntil = clock.monotonic() + ROUNDS_FOR_THE_END * this.#interval();
    while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < orderUntil)) {
      if (this.#nobodyCommits()) await this.#handOver();
      await this.#sleep(LOOK_EVERY);
    }
    await this.#leaveOffice();
    return { handedOver: this.#handedOverHits, left: this.#left() };
  }

  #isEmpty(inOrder: boolean): boolean {
    if (this.#left() > 0) return false;
    return (
      !inOrder ||
      this.#nobodyCommits() ||
      [...this.#parts.holdings.all()].every(({ log, ended }) => ended || log.shown === log.base)
    );
  }

  /** Hits that are neither committed nor in another node's hands. */
  #left(): number {
    let left = 0;
    for (const { log } of this.#parts.holdings.all()) {
      if (!log.indeterminate && !this.#handedOver.has(log.id)) left += log.pending;
    }
    return left;
  }

  #nobodyCommits(): boolean {
    const { picture, clock } = this.#parts;
    const { store } = picture.store;
    const silence = picture.heardAt === null ? clock.monotonic() - this.#began : picture.silence;
    return silence > SILENT_ROUNDS * this.#interval() || !COMMITTING.has(store);
  }

  async #handOver(): Promise<void> {
    const { clock, random } = this.#parts;
    if (this.#left() === 0 || clock.monotonic() < this.#tryAgainAt) return;
    this.#tryAgainAt = clock.monotonic() + HAND_OVER_PAUSE;
    const others = await this.#receivers();
    const first = Math.floor(random.fraction() * others.length);
    for (const other of [...others.slice(first), ...others.slice(0, first)]) {
      if (await this.#handTo(other)) return;
    }
  }

  /** Those that the leader last spoke of and, because it may have been long ago or never, those that can be discovered now. */
  async #receivers(): Promise<Pick<Member, "id" | "name" | "peerAddress">[]> {
    const { picture, discovery, self } = this.#parts;
    const rows = picture.rows().filter(({ durable, state }) => durable && state !== "foreign");
    const discovered = await discovery.members().catch(() => []);
    const byAddress = new Map([...discovered, ...rows].map((other) => [other.peerAddress, other]));
    return [...byAddress.values()].filter(({ id }) => id !== self.id);
  }

  /** Message by message, each of which counts as handed over on its own yes. True when something was. */
  async #handTo({ id, peerAddress: address, name }: Pick<Member, "id" | "name" | "peerAddress">): Promise<boolean> {
    const { peers, log, self } = this.#parts;
    const before = this.#handedOver.size;
    try {
      const { nodeId, takesRemains, known } = await peers.greet(address);
      // Addresses are given away again, to nodes of other clusters too (H15).
      if (nodeId !== id || !takesRemains || !known) return false;
      for (let remains = this.#next(known); remains.length > 0; remains = this.#next(known)) {
        const answer = await peers.handOver(address, self.id, remains);
        if (!answer.taken) break;
        for (const { source, segments } of remains) this.#handedOver.set(source, lengthOf(segments));
      }
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      log.info("a node cannot take the hits", { node: name, error: error.message });
    }
    const some = this.#handedOver.size > before;
    if (some) log.info("handed its hits over", { to: name, hits: this.#handedOverHits });
    return some;
  }

  /** What the next message has to hand over; nothing once time is up. */
  #next(known: LedgerRef): Remains[] {
    const { clock, holdings } = this.#parts;
    return clock.monotonic() < this.#deadline ? holdings.remains(known, this.#handedOver) : [];
  }

  get #handedOverHits(): number {
    return [...this.#handedOver.values()].reduce((sum, hits) => sum + hits, 0);
  }

  /** A leader resigns last: nodes that drain with it need it, unless one that stays can take over. */
  async #leaveOffice(): Promise<void> {
    const { clock, leader } = this.#parts;
    while (clock.monotonic() < this.#deadline && this.#isNeeded()) await this.#sleep(LOOK_EVERY);
    leader()?.resign();
    while (leader() && clock.monotonic() < this.#deadline + this.#interval()) await this.#sleep(LOOK_EVERY);
  }

  #isNeeded(): boolean {
    const others = this.#parts.leader()?.others() ?? [];
    return others.length > 0 && others.every(({ draining }) => draining) && others.some(({ drained }) => !drained);
  }

  #interval(): number {
    return this.#parts.picture.interval ?? 1_000;
  }

  async #sleep(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => void this.#parts.clock.after(ms, resolve));
  }
}

function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { from, to }) => sum + to - from, 0);
}
