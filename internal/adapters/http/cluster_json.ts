import type { NodeRow, NodeState, StoreState } from "../../core/cluster/cluster_view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import { compareNames } from "./page/browser/format.js";
import { reportAge } from "./page/browser/report_age.js";
import { type TotalJson, timeJson, totalJson } from "./totals_json.ts";

/** The whole cluster in JSON, for the admin side. Durations and ages are in seconds, at the time of the response. */
export interface ClusterJson extends ClusterSummary {
  /** Committed hits of all counters. */
  readonly total: TotalJson;
  /** Its id. */
  readonly ledger: string | null;
  /** Up to 20 counters, those with the most committed hits first. */
  readonly largest: readonly { readonly counter: string; readonly committed: TotalJson }[];
  readonly nodes: readonly NodeJson[];
}

/** What pages show of the cluster: nothing that leads to its peers, its store or its ledger. */
export interface PublicClusterJson extends Omit<ClusterJson, "ledger" | "nodes"> {
  readonly nodes: readonly Omit<NodeJson, "address">[];
}

/** The cluster without its nodes, as pages show it. */
export interface ClusterSummary {
  /** The node that responds. */
  readonly node: string;
  /** Whether it takes hits. False: it is leaving, or its data directory is missing. */
  readonly ready: boolean;
  readonly leader: string | null;
  readonly epoch: number;
  readonly version: number | null;
  readonly store: StoreState | "unknown";
  /** A sentence for people while `store` is not `ok`, otherwise empty. */
  readonly storeDetail: string;
  /** When the ledger was last known to be current, in ISO 8601. */
  readonly asOf: string | null;
  /** How long ago `asOf` is. */
  readonly age: number | null;
  /** Since this node heard from a leader. */
  readonly leaderSilence: number | null;
  /** Between two rounds. */
  readonly interval: number;
  /** Hits on all nodes that are not committed yet, as far as this node knows. */
  readonly pending: number;
  /** Open pages on all nodes together. */
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
  /** Hits that the node has acknowledged since it started. The next two fields are their committed and uncommitted parts. */
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  /** Open pages on it. */
  readonly active: number;
  /** Since its last report to the leader; null: it has never reported. */
  readonly age: number | null;
}

/** Counters that it names. */
const LARGEST = 20;

export function clusterJson(counting: Counting, clock: Clock): ClusterJson {
  const { ledger, storeDetail } = counting.cluster();
  return { ...shownJson(counting, clock), storeDetail, ledger: ledger?.id ?? null };
}

/** `mayShow`: whether its reader may see a counter. */
export function publicClusterJson(
  counting: Counting,
  clock: Clock,
  mayShow: (counter: string) => boolean,
): PublicClusterJson {
  const { nodes, largest, ...shown } = shownJson(counting, clock);
  return {
    ...shown,
    largest: largest.filter(({ counter }) => mayShow(counter)),
    nodes: nodes.map(({ address: _, ...node }) => node),
  };
}

/** The cluster as pages show it, and the addresses of its nodes. */
function shownJson(counting: Counting, clock: Clock): Omit<ClusterJson, "ledger"> {
  const { summary, rows } = describeCluster(counting);
  const now = clock.wall();
  const nodes = rows.map(({ peerAddress, durable: _, heardAt, ...row }) => ({
    ...row,
    address: peerAddress,
    leader: row.id === summary.leader,
    age: tenthsOrNull(reportAge({ state: row.state, heardAt }, { ...summary, now })),
  }));
  const sum = counting.sum();
  const largest = (sum?.largest ?? [])
    .slice(0, LARGEST)
    .map(({ counter, committed }) => ({ counter, committed: totalJson(committed) }));
  return { ...summary, total: totalJson(sum?.total ?? null), largest, nodes };
}

/** The cluster, and its nodes sorted by name. `ledgerId`: empty if it is not known. */
export function describeCluster(counting: Counting): { summary: ClusterSummary; rows: NodeRow[]; ledgerId: string } {
  const view = counting.cluster();
  const { snapshotAge, active } = counting.statistics();
  const rows = [...view.nodes];
  const summary = {
    node: counting.nodeId,
    ready: counting.ready() && !counting.refusing(),
    leader: view.leader,
    epoch: view.epoch,
    version: view.ledger?.version ?? null,
    store: view.store,
    storeDetail: withoutIds(view.storeDetail),
    asOf: timeJson(view.asOf),
    age: tenthsOrNull(snapshotAge),
    leaderSilence: view.leaderSilence === null ? null : tenths(view.leaderSilence / 1000),
    interval: view.interval / 1000,
    pending: rows.reduce((sum, { pending }) => sum + pending, 0),
    active: Math.max(view.active, active),
    nodeCount: rows.length,
  };
  return { summary, rows: rows.sort(byNameAndId), ledgerId: view.ledger?.id ?? "" };
}

function byNameAndId(a: NodeRow, b: NodeRow): number {
  return compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

function tenthsOrNull(seconds: number | null): number | null {
  return seconds === null ? null : tenths(seconds);
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

/** Ids are for operators, who find the whole sentence on the admin side. */
function withoutIds(detail: string): string {
  return detail.replace(/\b(ledger|log) [0-9a-f]{8,}\b/g, "the $1");
}
