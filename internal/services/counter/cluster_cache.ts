import type { ClusterChange, ClusterView, NodeRow } from "../../core/cluster/cluster_view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LeaderHello } from "../../ports/peers.ts";
import type { StoreFailure } from "./store_failure.ts";

/** Once the leader is silent for this many rounds, the pages that it served itself no longer count as open. */
const PAGES_GONE_ROUNDS = 2;
/** A leader no longer counts as leading once it is silent for this many rounds and for LEASE_MS. */
const LEADER_GONE_ROUNDS = 3;
/** Longest time for which a lease lasts without a renewal. */
const LEASE_MS = 3_000;

/** What this node knows of the cluster: what leaders said, and how long ago. */
export class ClusterCache {
  readonly #clock: Clock;
  readonly #rows = new Map<string, NodeRow>();
  #change: ClusterChange | null = null;
  /** Monotonic milliseconds when a leader was last heard; null if none was, or it resigned. */
  heardAt: number | null = null;
  /** Monotonic milliseconds when the ledger was last known to be current; null if it never was. */
  currentAt: number | null = null;
  /** The store's failure that this node met itself while nobody led; null: none. */
  storeFailure: StoreFailure | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Call for every message of a leader. */
  heard(): void {
    this.heardAt = this.#clock.monotonic();
    this.storeFailure = null;
  }

  /** Call for a leader's first message on a stream. It may be a new leader, and says nothing about the cluster yet. */
  leaderSaidHello({ leader, epoch }: Pick<LeaderHello, "leader" | "epoch">): void {
    const { active, nodes } = this.#watched();
    this.heard();
    if (this.#change === null || this.#change.epoch >= epoch) return;
    for (const row of nodes) this.#rows.set(row.id, row);
    this.#change = { ...this.#change, leader, epoch, active };
  }

  /** Takes over what the leader published about the cluster. */
  adopt(change: ClusterChange): void {
    this.heard();
    if (change.full) this.#rows.clear();
    for (const row of change.nodes) this.#rows.set(row.id, row);
    for (const id of change.left) this.#rows.delete(id);
    if (change.store === "ok") this.currentAt = this.#clock.monotonic();
    this.#change = change;
  }

  /** Milliseconds since a leader was heard; infinite if none was, or it resigned. */
  get silence(): number {
    return this.heardAt === null ? Number.POSITIVE_INFINITY : this.#clock.monotonic() - this.heardAt;
  }

  /** Milliseconds between rounds, as the leader last said; undefined before it did. */
  get interval(): number | undefined {
    return this.#change?.interval;
  }

  /** Id of the last leader that was heard, unless it resigned or fell silent. */
  get #leader(): string | null {
    const { leader = null, interval = 0 } = this.#change ?? {};
    return this.silence > Math.max(LEASE_MS, LEADER_GONE_ROUNDS * interval) ? null : leader;
  }

  /** All nodes, sorted by name. */
  rows(): NodeRow[] {
    return [...this.#rows.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** Rows and open pages. If the leader itself dies, nobody reports that its pages are gone, so a silent leader's pages do not count. */
  #watched(): Pick<ClusterView, "active" | "nodes"> {
    const { leader = "", active = 0, interval = 0 } = this.#change ?? {};
    const nodes = this.rows();
    if (this.silence <= PAGES_GONE_ROUNDS * interval) return { active, nodes };
    const deserted = nodes.map((row) => (row.id === leader ? { ...row, active: 0 } : row));
    return { active: Math.max(0, active - (this.#rows.get(leader)?.active ?? 0)), nodes: deserted };
  }

  /** The store's state, and a sentence for people if it is not ok. */
  get store(): Pick<ClusterView, "store" | "storeDetail"> {
    const { store = "unknown", storeDetail = "" } = this.#change ?? {};
    return { store: this.storeFailure?.store ?? store, storeDetail: this.storeFailure?.detail ?? storeDetail };
  }

  /** The cluster as this node sees it. `ledger`: that of the newest adopted snapshot. */
  view(ledger: ClusterView["ledger"]): ClusterView {
    const change = this.#change;
    return {
      leader: this.#leader,
      epoch: change?.epoch ?? 0,
      ledger,
      ...this.store,
      asOf: change?.asOf ?? 0,
      leaderSilence: this.heardAt === null ? null : this.silence,
      interval: change?.interval ?? 0,
      ...this.#watched(),
    };
  }
}
