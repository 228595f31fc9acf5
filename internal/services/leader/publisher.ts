import type { ClusterChange } from "../../core/cluster/cluster_view.ts";
import { invariant } from "../../core/invariant.ts";
import type { KeyedVerdicts } from "../../core/keys/keyed_hit.ts";
import { positionOf } from "../../core/ledger/ledger.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import { shareOf } from "../../core/ledger/ledger_size.ts";
import type { Rounds } from "../../core/ledger/rounds.ts";
import type { CounterTotals, KeyedLedger, LedgerChange, ShownWatermark } from "../../core/ledger/snapshot.ts";
import type { Follower } from "./follower.ts";
import { NodeList } from "./node_list.ts";

/** The parts of a cluster change that do not depend on the stream. */
export type ClusterState = Omit<ClusterChange, "full" | "nodes" | "left" | "active">;

/**
 * Sends snapshots: to each stream the change since the version that it has, or everything. Streams that get the same change get the same
 * object, so that it is encoded once.
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
  /** The newest change of totals: from version `since` to `version`. */
  #newest: {
    readonly id: string;
    readonly since: number;
    readonly version: number;
    readonly totals: readonly CounterTotals[];
  } | null = null;

  constructor(limits: LedgerLimits) {
    this.#limits = limits;
  }

  /** Keeps what a committed round changed, for the next publication. */
  committed(rounds: Rounds, since: number, changed: Iterable<[string, ReadonlyMap<string, bigint>]>): void {
    const totals = [...changed].map(([counter, regions]) => ({ counter, regions }));
    this.#newest = { id: rounds.ledger.id, since, version: rounds.ledger.version, totals };
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

  #ledgerFor({ sentVersion }: Follower, rounds: Rounds, made: Map<number | null, LedgerChange>): LedgerChange {
    invariant(
      sentVersion === null || sentVersion <= rounds.ledger.version,
      "no stream was sent a later version",
      sentVersion,
      rounds.ledger.version,
    );
    const since = sentVersion !== null && this.#totalsSince(sentVersion, rounds) ? sentVersion : null;
    const known = made.get(since);
    if (known) return known;
    const { ledger, size } = rounds;
    const all = () => [...ledger.totals].map(([counter, regions]) => ({ counter, regions }));
    const totals = (since !== null && this.#totalsSince(since, rounds)) || all();
    const share = shareOf(ledger, size, this.#limits, Math.max(this.#sharers, ledger.sources.size));
    const change = {
      ledger: positionOf(ledger),
      since,
      totals,
      prunedTo: ledger.prunedTo,
      adoptions: ledger.adoptions,
      share,
      keyed: this.keyed,
    };
    made.set(since, change);
    return change;
  }

  /** Totals that changed after version `since`; null if only all of them will do. */
  #totalsSince(since: number, { ledger }: Rounds): readonly CounterTotals[] | null {
    if (since === ledger.version) return [];
    const newest = this.#newest;
    return newest?.id === ledger.id && newest.version === ledger.version && newest.since === since
      ? newest.totals
      : null;
  }
}

function watermarksFor(follower: Follower, { ledger }: Rounds): ShownWatermark[] {
  return (follower.report?.sources ?? []).map((source) => {
    const ended = ledger.ended.get(source);
    return { source, watermark: ledger.sources.get(source) ?? ended?.watermark ?? null, ended: ended !== undefined };
  });
}
