import type { NodeRow, NodeState, StoreState } from "../../core/cluster/cluster_view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import { reportAge } from "./page/browser/report_age.js";
import { timeJson } from "./totals_json.ts";

/** The cluster as the interface shows it. Durations and ages are in seconds, at the moment of writing. */
export interface ClusterJson extends ClusterSummary {
  readonly nodes: readonly NodeJson[];
}

/** The cluster without its nodes. */
export interface ClusterSummary {
  /** The node that answers. */
  readonly node: string;
  /** Whether it wants traffic; false: it is leaving, or its data directory is missing. */
  readonly ready: boolean;
  readonly leader: string | null;
  readonly epoch: number;
  readonly version: number | null;
  readonly ledger: string | null;
  readonly store: StoreState | "unknown";
  /** A sentence for people while `store` is not `ok`; empty otherwise. */
  readonly storeDetail: string;
  /** When the ledger was last known to be current (ISO 8601), and how long ago that is. */
  readonly asOf: string | null;
  readonly age: number | null;
  readonly leaderSilence: number | null;
  /** Between two rounds. */
  readonly interval: number;
  /** Hits on all nodes, as far as this one knows, that are not committed yet. */
  readonly pending: number;
  /** Pages that are open on all nodes together. */
  readonly active: number;
  readonly nodeCount: number;
}

export interface NodeJson {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly address: string;
  readonly region: string;
  readonly state: NodeState;
  readonly leader: boolean;
  /** Hits that this life of the node acknowledged, those of them that are committed, and those that are not yet. */
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  /** Pages that are open on it. */
  readonly active: number;
  /** Since its last word to the leader, as far as is known; null: never heard. */
  readonly age: number | null;
}

export function clusterJson(counting: Counting, clock: Clock): ClusterJson {
  const { summary, rows } = describeCluster(counting);
  const now = clock.wall();
  const nodes = rows.map(({ peerAddress, durable: _, heardAt, ...row }) => ({
    ...row,
    address: peerAddress,
    leader: row.id === summary.leader,
    age: tenthsOrNull(reportAge({ state: row.state, heardAt }, { ...summary, now })),
  }));
  return { ...summary, nodes };
}

/** The cluster and, in the order of their names, its nodes. */
export function describeCluster(counting: Counting): { summary: ClusterSummary; rows: NodeRow[] } {
  const view = counting.cluster();
  const { snapshotAge, active } = counting.statistics();
  const rows = [...view.nodes];
  const summary = {
    node: counting.nodeId,
    ready: counting.ready() && !counting.refusing(),
    leader: view.leader,
    epoch: view.epoch,
    version: view.ledger?.version ?? null,
    ledger: view.ledger?.id ?? null,
    store: view.store,
    storeDetail: view.storeDetail,
    asOf: timeJson(view.asOf),
    age: tenthsOrNull(snapshotAge),
    leaderSilence: view.leaderSilence === null ? null : tenths(view.leaderSilence / 1000),
    interval: view.interval / 1000,
    pending: rows.reduce((sum, { pending }) => sum + pending, 0),
    active: Math.max(view.active, active),
    nodeCount: rows.length,
  };
  return { summary, rows: rows.sort(inOrder) };
}

const byName = new Intl.Collator("en", { numeric: true });

function inOrder(a: NodeRow, b: NodeRow): number {
  return byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

function tenthsOrNull(seconds: number | null): number | null {
  return seconds === null ? null : tenths(seconds);
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
