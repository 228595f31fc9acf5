import type { ClusterChange } from "../../core/cluster/cluster_view.ts";
import { invariant } from "../../core/invariant.ts";
import type { KeyedVerdicts } from "../../core/keys/keyed_hit.ts";
import { type Ledger, positionOf, writerOf } from "../../core/ledger/ledger.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import { shareOf } from "../../core/ledger/ledger_size.ts";
import type { Rounds } from "../../core/ledger/rounds.ts";
import type { CounterTotals, KeyedLedger, LedgerChange, ShownWatermark } from "../../core/ledger/snapshot.ts";
import type { LedgerPosition } from "../../core/log/batch.ts";
import type { Follower } from "./follower.ts";
import { KeptChanges } from "./kept_changes.ts";
import { NodeList } from "./node_list.ts";

/** The parts of a cluster change that do not depend on the stream. */
export type ClusterState = Omit<ClusterChange, "full" | "nodes" | "left" | "active">;

/**
 * Sends snapshots: to each stream the changes since the version that it has, or everything if these are no longer kept. Streams that get
 * the same change get the same object, so that it is encoded once.
 */
export class Publisher {
  readonly #limits: LedgerLimits;
  readonly #nodes = new NodeList();
  /** Nodes that share the ledger's free room, also those that have no source in it yet. */
  #sharers = 0;
  /** What the next publication says of keyed hits. */
  keyed: KeyedLedger = { forgottenTo: null, waitsFor: [] };
  /** Verdicts of the present round, by node: those of a committed transaction, or of a round that had nothing to write. */
  verdicts: ReadonlyMap<string, KeyedVerdicts> = new Map();
  #active = 0;
  readonly #kept: KeptChanges;

  /** `writer`: the term of this leader. */
  constructor(limits: LedgerLimits, writer: string) {
    this.#limits = limits;
    this.#kept = new KeptChanges(writer);
  }

  /** The ledger was read. False if every stream must be sent everything. */
  opened(ledger: Ledger): boolean {
    return this.#kept.opened(positionOf(ledger));
  }

  /** Call before a transaction that changes these counters. */
  attempt(counters: Iterable<string>): void {
    this.#kept.attempt(counters);
  }

  /** The transaction was committed, as this version of the ledger. */
  committed(ledger: Ledger): void {
    this.#kept.committed(positionOf(ledger));
  }

  /** Sends a round's snapshot to `followers`; `all` are those listed. `rounds` is null while no ledger may be written. */
  publish(state: ClusterState, rounds: Rounds | null, followers: readonly Follower[], all: readonly Follower[]): void {
    this.#sharers = all.length;
    const rows = all.map((follower) => follower.row());
    this.#active = rows.reduce((sum, { active }) => sum + active, 0);
    const { nodes, left } = this.#nodes.update(rows);
    const change: ClusterChange = { ...state, active: this.#active, full: false, nodes, left };
    this.#send(followers, change, () => this.#full(state), rounds);
  }

  /** Sends a full snapshot to a node that has just said hello. `nodes`: number of listed nodes. */
  publishTo(state: ClusterState, rounds: Rounds | null, follower: Follower, nodes: number): void {
    this.#sharers = nodes;
    const full = this.#full(state);
    this.#send([follower], full, () => full, rounds);
  }

  #full(state: ClusterState): ClusterChange {
    return { ...state, active: this.#active, full: true, nodes: this.#nodes.all(), left: [] };
  }

  #send(
    followers: readonly Follower[],
    change: ClusterChange,
    makeFull: () => ClusterChange,
    rounds: Rounds | null,
  ): void {
    const ledgers = new Map<number | null, LedgerChange>();
    let full: ClusterChange | null = null;
    for (const follower of followers) {
      if (!follower.sentNodes) full ??= makeFull();
      const cluster = follower.sentNodes || !full ? change : full;
      const ledger = rounds && this.#ledgerFor(follower, rounds, ledgers);
      const watermarks = rounds ? watermarksFor(follower, rounds) : [];
      const verdicts = this.verdicts.get(follower.member.id) ?? null;
      follower.send({ kind: "published", publication: { shared: { cluster, ledger }, watermarks, verdicts } });
      follower.sentNodes = true;
      follower.sentVersion = rounds?.ledger.version ?? null;
    }
  }

  #ledgerFor(follower: Follower, rounds: Rounds, made: Map<number | null, LedgerChange>): LedgerChange {
    const since = this.#sinceFor(follower, rounds.ledger);
    const known = made.get(since);
    if (known) return known;
    const change = this.#changeSince(since, rounds);
    made.set(since, change);
    return change;
  }

  /** The version from which a stream goes on; null: it needs everything. */
  #sinceFor({ sentVersion, report }: Follower, ledger: Ledger): number | null {
    invariant(
      sentVersion === null || sentVersion <= ledger.version,
      "no stream was sent a later version",
      sentVersion,
      ledger.version,
    );
    const since = sentVersion ?? versionIn(ledger, report?.totals ?? null);
    return since !== null && this.#kept.since(since) ? since : null;
  }

  #changeSince(since: number | null, { ledger }: Rounds): LedgerChange {
    const share = shareOf(ledger, this.#limits, Math.max(this.#sharers, ledger.sources.size));
    const counters = (since !== null && this.#kept.since(since)) || null;
    return {
      ledger: positionOf(ledger),
      since,
      totals: counters ? totalsOf(ledger, counters) : allTotals(ledger),
      prunedTo: ledger.prunedTo,
      adoptions: ledger.adoptions,
      share,
      keyed: this.keyed,
    };
  }
}

/** The version at which a node's totals are in the past of this ledger; null: they are not, or nobody remembers. */
function versionIn(ledger: Ledger, totals: LedgerPosition | null): number | null {
  return totals?.id === ledger.id && writerOf(ledger, totals.version) === totals.writer ? totals.version : null;
}

function totalsOf(ledger: Ledger, counters: Iterable<string>): CounterTotals[] {
  const totals: CounterTotals[] = [];
  for (const counter of counters) {
    const total = ledger.totals.get(counter);
    // An attempt that was not applied may have named a new counter.
    if (total) totals.push({ counter, regions: total.regions });
  }
  return totals;
}

function allTotals({ totals }: Ledger): CounterTotals[] {
  return [...totals].map(([counter, { regions }]) => ({ counter, regions }));
}

function watermarksFor(follower: Follower, { ledger }: Rounds): ShownWatermark[] {
  return (follower.report?.sources ?? []).map((source) => {
    const ended = ledger.ended.get(source);
    return { source, watermark: ledger.sources.get(source) ?? ended?.watermark ?? null, ended: ended !== undefined };
  });
}
