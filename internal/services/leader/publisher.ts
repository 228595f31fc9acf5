import type { ClusterChange } from "../../core/cluster/cluster_view.ts";
import { cutsOf, type HitsInHours } from "../../core/days/day_changes.ts";
import type { Hour } from "../../core/days/hour.ts";
import type { KeptDays } from "../../core/days/kept_days.ts";
import { invariant } from "../../core/invariant.ts";
import type { KeyedVerdicts } from "../../core/keys/keyed_hit.ts";
import { type CounterTotal, sizeOfCounter } from "../../core/ledger/counter_total.ts";
import { type Ledger, positionOf, writerOf } from "../../core/ledger/ledger.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import { shareOf } from "../../core/ledger/ledger_size.ts";
import type { Rounds } from "../../core/ledger/rounds.ts";
import type { CounterTotals, KeyedLedger, LedgerChange, ShownWatermark } from "../../core/ledger/snapshot.ts";
import { PAGES } from "../../core/ledger/totals.ts";
import { type Links, sizeOfLinks } from "../../core/links/links.ts";
import type { LedgerPosition } from "../../core/log/batch.ts";
import type { MarkVerdicts } from "../../core/marks/mark.ts";
import { after, COPY_LIMITS, type CopyLimits, noPart, type Part, partFrom } from "./copies.ts";
import type { Follower } from "./follower.ts";
import type { KeptChanges } from "./kept_changes.ts";
import { NodeList } from "./node_list.ts";
import type { StoreSpace } from "./store_space.ts";

/** A node of 0.1.0 takes only full snapshots, each in one message. */
export const MOST_FOR_OLD_NODES = 10_000;

/** A counter that does not exist. */
const GONE: CounterTotal = { regions: new Map(), generation: 0 };

/** The parts of a cluster change that do not depend on the stream. */
export type ClusterState = Omit<ClusterChange, "full" | "nodes" | "left" | "active">;

/**
 * Sends snapshots: to each stream the changes since the version that it has, or everything if these are no longer kept. If everything is
 * too much for one message, the node gets a copy part by part. Streams that get the same change get the same object, so that it is encoded
 * once.
 */
export class Publisher {
  readonly #limits: LedgerLimits;
  readonly #space: Pick<StoreSpace, "admitsCounters">;
  readonly #nodes = new NodeList();
  /** Nodes that share the ledger's free room, also those that have no source in it yet. */
  #sharers = 0;
  /** What the next publication says of keyed hits. */
  keyed: KeyedLedger = { forgottenTo: null, waitsFor: [] };
  /** Verdicts of the present round, by node: those of a committed transaction, or of a round that had nothing to write. */
  verdicts: ReadonlyMap<string, KeyedVerdicts> = new Map();
  /** The same about marks. */
  markVerdicts: ReadonlyMap<string, MarkVerdicts> = new Map();
  #active = 0;
  /** The list of all nodes that was made last; null: it is not that of the present round. */
  #lastFull: ClusterChange | null = null;
  readonly #kept: KeptChanges;
  readonly #copies: CopyLimits;
  /** The page after the last part of any copy. */
  #copyAt = 0;
  /** Whose turn it is among nodes that are at different pages. */
  #turn = 0;

  constructor(
    limits: LedgerLimits,
    kept: KeptChanges,
    copies: CopyLimits = COPY_LIMITS,
    space: Pick<StoreSpace, "admitsCounters"> = { admitsCounters: true },
  ) {
    this.#limits = limits;
    this.#space = space;
    this.#kept = kept;
    this.#copies = copies;
  }

  /** The ledger was read. False if every stream must be sent everything. */
  opened(ledger: Ledger): boolean {
    return this.#kept.opened(positionOf(ledger));
  }

  /** Call before a transaction of the term `writer` that changes these counters. */
  attempt(counters: Iterable<string>, writer: string): void {
    this.#kept.attempt(counters, writer);
  }

  /** The transaction was committed, as this version of the ledger. */
  committed(ledger: Ledger): void {
    this.#kept.committed(positionOf(ledger));
  }

  /**
   * Sends a round's snapshot to `followers`; `all` are those listed. `rounds` is null while no ledger may be written. Returns the bytes that
   * it sent.
   */
  publish(
    state: ClusterState,
    rounds: Rounds | null,
    followers: readonly Follower[],
    all: readonly Follower[],
  ): number {
    this.#sharers = all.length;
    const rows = all.map((follower) => follower.row());
    this.#active = rows.reduce((sum, { active }) => sum + active, 0);
    const { nodes, left } = this.#nodes.update(rows);
    this.#lastFull = null;
    const change: ClusterChange = { ...state, active: this.#active, full: false, nodes, left };
    return this.#send(followers, change, () => this.#full(state), rounds);
  }

  /** Sends a full snapshot to a node that has just said hello. `nodes`: number of listed nodes. */
  publishTo(state: ClusterState, rounds: Rounds | null, follower: Follower, nodes: number): void {
    this.#sharers = nodes;
    const full = this.#full(state);
    this.#send([follower], full, () => full, rounds);
  }

  /** The list of all nodes. A thousand nodes may say hello in one round: they get one object, so that it is encoded once. */
  #full(state: ClusterState): ClusterChange {
    const last = this.#lastFull;
    if (last && isStateOf(last, state)) return last;
    this.#lastFull = { ...state, active: this.#active, full: true, nodes: this.#nodes.all(), left: [] };
    return this.#lastFull;
  }

  /**
   * Sends the next part of their copies to the nodes that are at the same page. Nodes that owe a reply wait: their links are slow. Returns the
   * bytes that it sent; null: no copy is under way.
   */
  goOnWithCopies(state: ClusterState, rounds: Rounds, followers: readonly Follower[]): number | null {
    const copying = followers.filter(({ copy, replied }) => copy !== null && replied);
    const at = copying[this.#turn++ % copying.length]?.copy?.next;
    if (at === undefined) return null;
    const part = partFrom(rounds.ledger, at, this.#copies.countersInPart);
    const change: ClusterChange = { ...state, active: this.#active, full: false, nodes: [], left: [] };
    const changes = new Changes((since) => this.#changeSince(since, rounds.ledger, part));
    for (const follower of copying)
      if (follower.copy?.next === at && this.#goesOn(follower, rounds.ledger))
        this.#sendTo(follower, change, rounds, changes, part);
    this.#copyAt = (at + part.copy.pages) % PAGES;
    return changes.bytes;
  }

  #send(
    followers: readonly Follower[],
    change: ClusterChange,
    makeFull: () => ClusterChange,
    rounds: Rounds | null,
  ): number {
    const changes = new Changes((since, copies) => {
      if (rounds === null) throw new Error("cannot send a change without a ledger");
      return this.#changeSince(since, rounds.ledger, copies ? noPart(rounds.ledger) : null);
    });
    let full: ClusterChange | null = null;
    for (const follower of followers) {
      if (!follower.sentNodes) full ??= makeFull();
      const cluster = follower.sentNodes || !full ? change : full;
      if (rounds && !this.#goesOn(follower, rounds.ledger)) this.#beginAnew(follower, rounds.ledger);
      this.#sendTo(follower, cluster, rounds, changes, rounds && follower.copy ? noPart(rounds.ledger) : null);
      follower.sentNodes = true;
    }
    return changes.bytes;
  }

  #sendTo(
    follower: Follower,
    cluster: ClusterChange,
    rounds: Rounds | null,
    changes: Changes,
    part: Part | null,
  ): void {
    const ledger = rounds && changes.get(follower.sentVersion, part !== null);
    const watermarks = rounds ? watermarksFor(follower, rounds) : [];
    const verdicts = this.verdicts.get(follower.member.id) ?? null;
    const marks = this.markVerdicts.get(follower.member.id) ?? null;
    follower.send({ kind: "published", publication: { shared: { cluster, ledger }, watermarks, verdicts, marks } });
    follower.sentVersion = rounds?.ledger.version ?? null;
    if (follower.copy && part) follower.copy = after(follower.copy, part.copy);
  }

  /** Whether the stream goes on from what it was sent, or from what its node says it has. */
  #goesOn(follower: Follower, ledger: Ledger): boolean {
    const { sentVersion, report, copy } = follower;
    invariant(
      sentVersion === null || sentVersion <= ledger.version,
      "no stream was sent a later version",
      sentVersion,
      ledger.version,
    );
    if (copy && copy.seed !== ledger.totals.seed) return false;
    const since = sentVersion ?? versionIn(ledger, report?.totals ?? null);
    if (since === null || !this.#kept.since(since)) return false;
    follower.sentVersion = since;
    return true;
  }

  /** The next message has everything, or begins a copy. It begins where other copies are, so that they get the same parts. */
  #beginAnew(follower: Follower, { totals }: Ledger): void {
    follower.sentVersion = null;
    const inParts = totals.size > this.#copies.countersInPart && follower.report?.totals !== undefined;
    follower.copy = inParts ? { next: this.#copyAt, left: PAGES, seed: totals.seed } : null;
  }

  #changeSince(since: number | null, ledger: Ledger, part: Part | null): LedgerChange {
    const nodes = Math.max(this.#sharers, ledger.sources.size);
    const share = shareOf(ledger, this.#limits, nodes, this.#space.admitsCounters);
    const changed = since === null ? null : this.#kept.since(since);
    const totals = changed ? totalsOf(ledger, changed) : part ? [] : allTotals(ledger);
    return {
      ledger: positionOf(ledger),
      since,
      totals: part ? [...totals, ...part.totals] : totals,
      prunedTo: ledger.prunedTo,
      adoptions: ledger.adoptions,
      share,
      keyed: this.keyed,
      links: linksSince(since, ledger),
      marks: ledger.layout ? { secrets: new Map(ledger.marks.secrets) } : undefined,
      copy: part?.copy,
      format: ledger.layout === null ? 1 : 2,
      hours: changed && since !== null ? hoursOf(ledger.days, changed, since) : undefined,
      cuts: changed && since !== null ? cutsOf(changed, ledger.days) : undefined,
      hoursFrom: ledger.daysFrom,
    };
  }
}

/** Changes that are made once for all streams that get the same one. */
class Changes {
  readonly #make: (since: number | null, copies: boolean) => LedgerChange;
  readonly #made = new Map<string, { readonly change: LedgerChange; readonly bytes: number }>();
  /** Upper bound of the bytes of totals that were sent, over all streams. */
  bytes = 0;

  constructor(make: (since: number | null, copies: boolean) => LedgerChange) {
    this.#make = make;
  }

  /** `copies`: whether it is for a stream that gets a copy in parts. */
  get(since: number | null, copies: boolean): LedgerChange {
    const key = `${since} ${copies}`;
    let made = this.#made.get(key);
    if (!made) {
      const change = this.#make(since, copies);
      made = { change, bytes: bytesOf(change) };
      this.#made.set(key, made);
    }
    this.bytes += made.bytes;
    return made.change;
  }
}

function bytesOf({ totals, links }: LedgerChange): number {
  let bytes = links ? sizeOfLinks(links) : 0;
  for (const { counter, regions } of totals) bytes += sizeOfCounter(counter, regions);
  return bytes;
}

function isStateOf(change: ClusterChange, state: ClusterState): boolean {
  return (Object.keys(state) as (keyof ClusterState)[]).every((field) => change[field] === state[field]);
}

/** A ledger of format 1 has no links, and nodes of 0.1.0 do not know them. */
function linksSince(since: number | null, { links, linksVersion, layout }: Ledger): Links | undefined {
  return layout && (since === null || linksVersion > since) ? links : undefined;
}

/** The version at which a node's totals are in the past of this ledger; null: they are not, or nobody remembers. */
function versionIn(ledger: Ledger, totals: LedgerPosition | null): number | null {
  return totals?.id === ledger.id && writerOf(ledger, totals.version) === totals.writer ? totals.version : null;
}

function allTotals(ledger: Ledger): CounterTotals[] {
  return Array.from(ledger.totals, ([counter, total]) => ({ counter, ...total }));
}

function totalsOf(ledger: Ledger, counters: ReadonlySet<string>): CounterTotals[] {
  return Array.from(counters, (counter) => ({ counter, ...(ledger.totals.get(counter) ?? GONE) }));
}

/** The hits of these counters in each hour that may have changed after `since`. Numbers are absolute: too many of them do no harm. */
function hoursOf(days: KeptDays, counters: ReadonlySet<string>, since: number): HitsInHours {
  const hours = new Map<Hour, ReadonlyMap<string, number>>();
  for (const hour of days.changedAfter(since)) {
    const hits = [...counters].map((counter): [string, number] => [counter, days.hits(counter, hour)]);
    const counted = new Map(hits.filter(([, by]) => by > 0));
    if (counted.size > 0) hours.set(hour, counted);
  }
  return hours;
}

function watermarksFor(follower: Follower, { ledger }: Rounds): ShownWatermark[] {
  return (follower.report?.sources ?? []).map((source) => {
    const ended = ledger.ended.get(source);
    return { source, watermark: ledger.sources.get(source) ?? ended?.watermark ?? null, ended: ended !== undefined };
  });
}
