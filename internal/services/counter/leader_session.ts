import type { HitHistory } from "../../core/cluster/hit_history.ts";
import { NEWEST_FORMAT } from "../../core/ledger/entry_bytes.ts";
import { totalOf } from "../../core/ledger/ledger.ts";
import type { CopyPart, LedgerChange, Publication, ShownWatermark } from "../../core/ledger/snapshot.ts";
import type { LedgerRef } from "../../core/log/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Member } from "../../ports/discovery.ts";
import type { Logger } from "../../ports/logger.ts";
import type {
  Collect,
  LeaderHello,
  LeaderMessage,
  NodeReport,
  NodeStream,
  NodeStreamEvents,
} from "../../ports/peers.ts";
import type { KeptChanges } from "../leader/kept_changes.ts";
import type { ClusterCache } from "./cluster_cache.ts";
import { beginsCopy, type Counters } from "./counters.ts";
import type { HeldLogs } from "./held_logs.ts";
import type { Hits } from "./hits.ts";
import type { KeyedHits } from "./keyed_hits.ts";
import type { KnownLedger } from "./known_ledger.ts";
import type { LeaderVerdict } from "./leader_check.ts";
import type { Marks } from "./marks.ts";
import type { NodeDays } from "./node_days.ts";
import type { NodeLinks } from "./node_links.ts";

export interface LeaderSessionDeps {
  readonly self: Member;
  readonly heldLogs: HeldLogs;
  readonly hits: Hits;
  readonly keyedHits: KeyedHits;
  readonly marks: Marks;
  readonly counters: Counters;
  readonly days: Pick<NodeDays, "adopt">;
  readonly links: Pick<NodeLinks, "adopt">;
  readonly history: HitHistory;
  readonly clock: Clock;
  readonly clusterCache: ClusterCache;
  readonly logger: Logger;
  /** Whether the node can keep hits on disk. */
  readonly durable: () => boolean;
  /** Whether the node refuses hits because its data directory is missing. */
  readonly refusing: () => boolean;
  /** Pages that are open on this node. */
  readonly active: () => number;
  readonly draining: () => boolean;
  readonly known: KnownLedger;
  /** What the leaders changed: if this node leads next, it goes on for nodes that are behind. */
  readonly heardChanges: KeptChanges;
  /** Asks whether a leader may be obeyed (`leader_check.ts`). */
  readonly checkLeader: (hello: LeaderHello, authenticated: boolean, verdict: LeaderVerdict) => void;
  readonly adopted: () => void;
  readonly leaderResigned: () => void;
  /** The leader of `epoch` is obeyed from now on. */
  readonly leaderHeard: (epoch: number) => void;
  /** The stream of the leader that was obeyed ended, and it had not resigned. */
  readonly leaderLost: (epoch: number) => void;
}

/** One leader's stream. */
interface StreamState {
  /** 0 until the leader may be obeyed. */
  epoch: number;
  resigned: boolean;
}

/** Changes that may wait for a snapshot that mentions every log held here. If more wait, a full snapshot is requested. */
const MAX_WAITING = 8;

/**
 * The node's end of the leaders' streams: it replies to collects and adopts snapshots.
 *
 * - S1 Totals and watermarks of a snapshot are adopted in one step, and only if it mentions every log held here. Otherwise a page could
 *   show a hit twice, as committed and as pending. Changes wait until a snapshot does.
 * - S2 Totals never go back. A snapshot of an older version, or of a ledger that this node does not follow, is ignored.
 * - S3 Of the leaders with an open stream whose ledger this node may follow, only the one with the newest epoch is obeyed.
 * - S4 A leader is obeyed only after its epoch was found in the leader key. Until then it gets no reply.
 * - S5 A copy of all totals comes in parts, all of them on one stream and in order. A change that is no part of it, or is a part of another one, makes
 *   the node ask for everything: otherwise it would never hear of some counters.
 * - S6 Verdicts about keyed hits and marks are taken after the totals, whatever the version, but only in the ledger that this node has.
 *
 * Logs belong to `held_logs.ts`, what becomes of them with a snapshot to `log_judge.ts`, totals to `counters.ts`.
 */
export class LeaderSession {
  readonly #deps: LeaderSessionDeps;
  readonly #streams = new Map<NodeStream, StreamState>();
  #waiting: LedgerChange[] = [];
  /** The copy of all totals that is being received, the changes that wait included. `left`: pages that did not come yet, `next` the first of them. */
  #copy: { readonly stream: NodeStream; left: number; next: number | null } | null = null;
  /** Whether the next report asks for what this node lacks. */
  #resync = false;
  /** Whether the store was ok in the newest publication. Only then does a change without totals mean that nothing was counted. */
  #storeOk = false;

  constructor(deps: LeaderSessionDeps) {
    this.#deps = deps;
  }

  accept(stream: NodeStream): NodeStreamEvents {
    this.#streams.set(stream, { epoch: 0, resigned: false });
    return {
      message: (message) => this.#receive(stream, message),
      closed: () => this.#closed(stream),
    };
  }

  /** Whether a stream of the leader of `epoch` is open. */
  hears(epoch: number): boolean {
    return [...this.#streams.values()].some((state) => state.epoch === epoch && !state.resigned);
  }

  #closed(stream: NodeStream): void {
    const { epoch = 0, resigned = true } = this.#streams.get(stream) ?? {};
    this.#streams.delete(stream);
    if (epoch > 0 && !resigned && epoch > this.#newestEpoch()) this.#deps.leaderLost(epoch);
  }

  /** Ends every stream, and sends the leaders `reason`. */
  stop(reason: string): void {
    for (const stream of this.#streams.keys()) this.#refuse(stream, reason);
  }

  #receive(stream: NodeStream, message: LeaderMessage): void {
    const state = this.#streams.get(stream);
    if (!state) return;
    if (message.kind === "welcome") this.#hello(stream, state, message);
    else if (state.epoch === 0)
      this.#refuse(stream, "a leader must send Welcome first, for a ledger that this node may follow");
    else if (this.#isOutdated(state.epoch))
      this.#refuse(stream, `epoch ${state.epoch} is over: epoch ${this.#newestEpoch()} leads`);
    else if (message.kind === "collect") this.#reply(stream, message);
    else if (message.kind === "published") this.#adopt(stream, message.publication);
    else {
      state.resigned = true;
      this.#deps.leaderResigned();
    }
  }

  #hello(stream: NodeStream, state: StreamState, hello: LeaderHello): void {
    const known = this.#deps.known.ref;
    // S3: another cluster's leader may have a later epoch, of its own store. That must not make ours look outdated.
    const foreign = hello.ledger && known && hello.ledger.id !== known.id && !hello.adopted.includes(known.id);
    if (foreign) return this.#sayHello(stream);
    this.#deps.checkLeader(hello, stream.authenticated, (refusal) => {
      if (this.#streams.get(stream) !== state) return;
      if (refusal !== null) return this.#refuse(stream, refusal);
      state.epoch = hello.epoch;
      this.#deps.clusterCache.leaderSaidHello(hello);
      this.#deps.leaderHeard(hello.epoch);
      this.#sayHello(stream);
    });
  }

  #sayHello(stream: NodeStream): void {
    stream.send({ kind: "hello", member: this.#deps.self, knows: NEWEST_FORMAT, ...this.#report() });
  }

  #reply(stream: NodeStream, { epoch, round, ledger }: Collect): void {
    const { hits, heldLogs, keyedHits, marks, clusterCache } = this.#deps;
    clusterCache.heard();
    hits.flush();
    const batches = heldLogs.offer(ledger);
    const others = { keyed: keyedHits.offer(), marks: marks.offer() };
    stream.send({ kind: "answer", epoch, round, batches, ...others, ...this.#report() });
  }

  /** Adopts a publication, or keeps its ledger change until S1 holds. */
  #adopt(stream: NodeStream, publication: Publication): void {
    const { heldLogs, clusterCache, adopted } = this.#deps;
    clusterCache.adopt(publication.shared.cluster);
    this.#storeOk = publication.shared.cluster.store === "ok";
    const change = publication.shared.ledger;
    if (change && this.#isNews(change)) {
      if (!this.#goesOn(stream, change)) this.#requestFull();
      else if (heldLogs.mentions(publication.watermarks)) this.#takeWaiting(change, publication.watermarks);
      else if (this.#waiting.length > MAX_WAITING) this.#requestFull();
    }
    this.#judge(publication);
    adopted();
  }

  /** S6 */
  #judge({ shared: { ledger }, verdicts, marks }: Publication): void {
    const { counters, keyedHits } = this.#deps;
    if (verdicts && ledger && counters.ledger?.id === ledger.ledger.id) keyedHits.judge(verdicts);
    if (marks && ledger && counters.ledger?.id === ledger.ledger.id) this.#deps.marks.judge(marks);
  }

  /** Lets the change wait for S1. False if it breaks S5. */
  #goesOn(stream: NodeStream, change: LedgerChange): boolean {
    const { since, copy } = change;
    if (since === null) {
      this.#copy = copy ? { stream, left: copy.of, next: null } : null;
      this.#waiting = [];
      this.#resync = false;
    } else if (this.#copy?.stream !== (copy && stream) || this.#brokeOff) return false;
    else if (this.#hasAllThatWaits(change)) this.#waiting = [];
    if (copy && !this.#takePages(copy)) return false;
    this.#waiting.push(change);
    return true;
  }

  /** Whether this node lacks counters, and no copy that would bring them goes on or waits. */
  get #brokeOff(): boolean {
    return this.#deps.counters.copying && this.#copy === null && this.#waiting.length === 0;
  }

  /** False if these pages do not follow those before: a part came twice or too late. */
  #takePages({ first, pages, of }: CopyPart): boolean {
    const copy = this.#copy;
    if (copy === null || pages === 0) return true;
    if (copy.next !== null && copy.next !== first) return false;
    copy.next = (first + pages) % of;
    copy.left -= pages;
    if (copy.left <= 0) this.#copy = null;
    return true;
  }

  /** Whether what waits can be dropped for this change. Parts of a copy that wait are in no later change. */
  #hasAllThatWaits(change: LedgerChange): boolean {
    const { counters } = this.#deps;
    return !change.copy && counters.complete && isUnbroken(counters.ledger, [change]);
  }

  /** S2, also with respect to the changes that wait. */
  #isNews({ ledger, adoptions }: LedgerChange): boolean {
    const known = this.#deps.known.ref;
    if (known && known.id !== ledger.id && !adoptions.some((adoption) => adoption.ledger === known.id)) return false;
    const seen = [this.#deps.counters.ledger, ...this.#waiting.map((waiting) => waiting.ledger)];
    return seen.every((ref) => ref?.id !== ledger.id || ref.version <= ledger.version);
  }

  #takeWaiting(newest: LedgerChange, watermarks: readonly ShownWatermark[]): void {
    const { heldLogs, counters, hits, known } = this.#deps;
    if (!isUnbroken(counters.ledger, this.#waiting)) return this.#requestFull();
    hits.flush();
    for (const change of this.#waiting) this.#takeTotals(change);
    heldLogs.cover(newest, watermarks);
    this.#waiting = [];
    this.#resync = false;
    known.learn(newest.ledger);
  }

  #takeTotals(change: LedgerChange): void {
    const { counters, days, links, history, clock, keyedHits, marks, heardChanges } = this.#deps;
    const now = clock.monotonic();
    if (counters.ledger?.id !== change.ledger.id || beginsCopy(change)) history.restart(now);
    else if (this.#storeOk || change.totals.length > 0) history.add(addedBy(change, counters), now);
    days.adopt(change);
    counters.adopt(change);
    links.adopt(change);
    keyedHits.ledger = change.keyed ?? null;
    marks.adopt(change.ledger.id, change.marks ?? null);
    heardChanges.heard(change);
  }

  #requestFull(): void {
    this.#waiting = [];
    this.#copy = null;
    this.#resync = true;
  }

  #report(): NodeReport {
    const { heldLogs, hits, keyedHits, marks, counters, draining, refusing, durable, known, active, clock } =
      this.#deps;
    const pending = heldLogs.pending;
    return {
      known: known.ref,
      sources: heldLogs.sources(),
      begun: draining() ? [] : heldLogs.begunSources(),
      hits: hits.accepted,
      committed: hits.committed,
      pending,
      indeterminate: heldLogs.indeterminate,
      active: active(),
      draining: draining(),
      drained: draining() && pending === 0 && keyedHits.waiting === 0 && marks.waiting === 0,
      durable: durable(),
      refusing: refusing(),
      resync: this.#resync,
      clock: clock.wall(),
      totals: counters.complete ? counters.ledger : null,
    };
  }

  #newestEpoch(): number {
    return Math.max(0, ...[...this.#streams.values()].map(({ epoch }) => epoch));
  }

  #isOutdated(epoch: number): boolean {
    return epoch < this.#newestEpoch();
  }

  #refuse(stream: NodeStream, reason: string): void {
    this.#deps.logger.warn("refused a leader's stream", { reason });
    this.#streams.delete(stream);
    stream.refuse(reason);
  }
}

/** The hits that each counter in the change gained. Of one that this node has not heard of before nobody here knows. */
function* addedBy({ totals }: LedgerChange, counters: Counters): Iterable<[counter: string, hits: number]> {
  for (const { counter, regions, generation = 0 } of totals) {
    const before = counters.committed(counter);
    // What a person set is not hits.
    if (counters.generationOf(counter) !== generation && (before ?? 0n) > 0n) continue;
    if (before !== null) yield [counter, Number(totalOf([regions]) - before)];
  }
}

/** Whether each change begins at or before the version of the one before it. The first one follows `current`. */
function isUnbroken(current: LedgerRef | null, changes: readonly LedgerChange[]): boolean {
  let at = current;
  for (const { ledger, since } of changes) {
    if (since !== null && (at?.id !== ledger.id || since > at.version)) return false;
    at = ledger;
  }
  return true;
}
