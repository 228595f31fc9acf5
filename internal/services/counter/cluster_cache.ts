import type { ClusterChange, ClusterView, NodeRow } from "../../core/cluster/cluster_view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LeaderHello } from "../../ports/peers.ts";
import type { StoreFailure } from "./store_failure.ts";

/** Rounds without a word. */
const PAGES_GONE_ROUNDS = 2;
/** A leader that was not heard for this many rounds, nor for as long as its lease can last (in milliseconds), leads no more. */
const LEADER_GONE_ROUNDS = 3;
const LEASE_MS = 3_000;

/** What this node knows of the cluster: the leader's words, and how long ago it heard them. */
export class ClusterCache {
  readonly #clock: Clock;
  readonly #rows = new Map<string, NodeRow>();
  #change: ClusterChange | null = null;
  /** Monotonic milliseconds when a leader was last heard, or null. */
  heardAt: number | null = null;
  /** Monotonic milliseconds when the ledger was last known to be current, or null. */
  currentAt: number | null = null;
  /** What this node found out itself while nobody leads; null: nothing. */
  storeFailure: StoreFailure | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Any word of a leader. */
  heard(): void {
    this.heardAt = this.#clock.monotonic();
    this.storeFailure = null;
  }

  /** A leader began to speak, maybe another one than before; how the cluster is, it has not said yet. */
  leaderSaidHello({ leader, epoch }: Pick<LeaderHello, "leader" | "epoch">): void {
    const { active, nodes } = this.#watched();
    this.heard();
    if (this.#change === null || this.#change.epoch >= epoch) return;
    for (const row of nodes) this.#rows.set(row.id, row);
    this.#change = { ...this.#change, leader, epoch, active };
  }

  adopt(change: ClusterChange): void {
    this.heard();
    if (change.full) this.#rows.clear();
    for (const row of change.nodes) this.#rows.set(row.id, row);
    for (const id of change.left) this.#rows.delete(id);
    if (change.store === "ok") this.currentAt = this.#clock.monotonic();
    this.#change = change;
  }

  /** Milliseconds since a leader was heard; infinite when none ever was. */
  get silence(): number {
    return this.heardAt === null ? Number.POSITIVE_INFINITY : this.#clock.monotonic() - this.heardAt;
  }

  /** Milliseconds between rounds, as the leader last said; undefined before its first word. */
  get interval(): number | undefined {
    return this.#change?.interval;
  }

  /** The leader that was last heard, unless it resigned or fell silent. */
  get #leader(): string | null {
    const { leader = null, interval = 0 } = this.#change ?? {};
    return this.silence > Math.max(LEASE_MS, LEADER_GONE_ROUNDS * interval) ? null : leader;
  }

  /** Nodes in the order of their names. */
  rows(): NodeRow[] {
    return [...this.#rows.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** Nobody else tells that the leader itself is gone: after two rounds without a word, neither are the pages that it served. */
  #watched(): Pick<ClusterView, "active" | "nodes"> {
    const { leader = "", active = 0, interval = 0 } = this.#change ?? {};
    const nodes = this.rows();
    if (this.silence <= PAGES_GONE_ROUNDS * interval) return { active, nodes };
    const deserted = nodes.map((row) => (row.id === leader ? { ...row, active: 0 } : row));
    return { active: Math.max(0, active - (this.#rows.get(leader)?.active ?? 0)), nodes: deserted };
  }

  /** How the store does, and a sentence for people when that is not well. */
  get store(): Pick<ClusterView, "store" | "storeDetail"> {
    const { store = "unknown", storeDetail = "" } = this.#change ?? {};
    return { store: this.storeFailure?.store ?? store, storeDetail: this.storeFailure?.detail ?? storeDetail };
  }

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
