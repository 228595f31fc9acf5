import type { ClusterView, NodeRow, NodeState, StoreState } from "../../core/cluster_view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Counting, Statistics } from "../../ports/counting.ts";
import { timeJson } from "./totals_json.ts";

/** The cluster as the interface shows it. Durations and ages are in seconds, at the moment of writing. */
export interface ClusterJson {
  /** The node that answers. */
  readonly node: string;
  /** Whether it wants traffic. */
  readonly ready: boolean;
  readonly leader: string | null;
  readonly epoch: number;
  readonly version: number | null;
  readonly ledger: string | null;
  readonly store: StoreState | "unknown";
  readonly storeDetail: string;
  /** When the ledger was last known to be current, and how long ago that is. */
  readonly asOf: string | null;
  readonly age: number | null;
  readonly leaderSilence: number | null;
  readonly interval: number;
  /** Over all nodes, as far as this one knows. */
  readonly pending: number;
  /** Pages that are open on all nodes together. */
  readonly active: number;
  /** How many nodes there are; `nodes` of an event or a page may list fewer. */
  readonly nodeCount: number;
  readonly nodes: readonly NodeJson[];
}

export interface NodeJson {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly address: string;
  readonly region: string;
  readonly state: NodeState;
  readonly leader: boolean;
  /** Of this life: acknowledged, of these committed, and not committed yet. */
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  /** Pages that are open on it. */
  readonly active: number;
  /** Since its last word to the leader; null: never heard. */
  readonly age: number | null;
}

/** Most nodes that an event or a page lists: a thousand would be 200 kB to every reader every second. */
export const MOST_LISTED = 200;

export function clusterJson(counting: Counting, clock: Clock, most = Number.POSITIVE_INFINITY): ClusterJson {
  const view = counting.cluster();
  const statistics = counting.statistics();
  const nodes = view.nodes.map((row) => nodeJson(ownNumbers(row, counting.nodeId, statistics), view, clock.wall()));
  return {
    node: counting.nodeId,
    ready: counting.ready(),
    leader: view.leader,
    epoch: view.epoch,
    version: view.ledger?.version ?? null,
    ledger: view.ledger?.id ?? null,
    store: view.store,
    storeDetail: view.storeDetail,
    asOf: timeJson(view.asOf),
    age: statistics.snapshotAge === null ? null : tenths(statistics.snapshotAge),
    leaderSilence: view.leaderSilence === null ? null : tenths(view.leaderSilence / 1000),
    interval: view.interval / 1000,
    pending: nodes.reduce((sum, node) => sum + node.pending, 0),
    active: Math.max(view.active, statistics.active),
    nodeCount: nodes.length,
    nodes: listed(nodes, most),
  };
}

/** This node knows its own numbers better than the leader's last word does. */
function ownNumbers(row: NodeRow, own: string, { accepted, committed, pending, active }: Statistics): NodeRow {
  return row.id === own ? { ...row, hits: accepted, committed, pending, active } : row;
}

function nodeJson(row: NodeRow, view: ClusterView, wall: number): NodeJson {
  const { id, name, url, region, state, heardAt, hits, committed, pending, active } = row;
  const age = heardAt === null ? null : tenths(Math.max(0, wall - heardAt) / 1000);
  const numbers = { hits, committed, pending, active };
  return { id, name, url, address: row.peerAddress, region, state, leader: id === view.leader, ...numbers, age };
}

const byName = new Intl.Collator("en", { numeric: true });

/** In order of their names; if some must be left out, those that need no attention are. */
function listed(nodes: NodeJson[], most: number): readonly NodeJson[] {
  if (nodes.length <= most) return nodes.sort(inOrder);
  const urgentFirst = (a: NodeJson, b: NodeJson) => Number(needsAttention(b)) - Number(needsAttention(a));
  return nodes
    .sort((a, b) => urgentFirst(a, b) || inOrder(a, b))
    .slice(0, most)
    .sort(inOrder);
}

function inOrder(a: NodeJson, b: NodeJson): number {
  return byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

function needsAttention(node: NodeJson): boolean {
  return node.leader || node.state !== "counting";
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
