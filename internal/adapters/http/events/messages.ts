import type { NodeState } from "../../../core/cluster/cluster_view.ts";
import type { ClusterSummary } from "../cluster_json.ts";
import type { MapPlace } from "../map_place.ts";
import type { ReadingJson } from "../totals_json.ts";

/**
 * `data` of each message of an event stream, in JSON. The first message is `full`. Each later one has only the nodes that changed since
 * the message before it. A reader that fell behind gets a `full` message again. The event's `id` is the version.
 *
 * A page that moves its number from one message's `value` to the next one's, and never past it, never shows too much.
 */
export interface EventMessage {
  /** Null: it was never counted, as far as this node knows. */
  readonly counter: CounterEvent | null;
  readonly cluster: ClusterEvent;
  /** True: forget the nodes of earlier messages. */
  readonly full: boolean;
  readonly nodes: readonly NodeChange[];
  /** Ids of nodes that left the cluster. */
  readonly left: readonly string[];
}

/** The first message of a stream. Pages are rendered from it, too. */
export interface StateMessage extends EventMessage {
  readonly full: true;
  /** Sorted by name. */
  readonly nodes: readonly NodeEvent[];
}

export interface CounterEvent extends ReadingJson {
  /** Committed hits per second, over the last five whole seconds that are known; null: none is known. */
  readonly rate: number | null;
  readonly history: History;
}

/** Committed hits in each second. A `full` message has up to 300 seconds, other messages only the new ones. */
export interface History {
  /** Number of the first second in `hits`. Numbers are consecutive, and can be compared only within one stream. */
  readonly from: number;
  /** Rounded to tenths: the hits of a round are spread evenly over the time since the round before it. */
  readonly hits: readonly number[];
}

/** Durations and ages are in seconds, at `now`. */
export interface ClusterEvent extends ClusterSummary {
  /** Tells one ledger from another. Versions and generations can be compared only within one. */
  readonly ledgerTag: string;
  /** This node's clock, in milliseconds since 1970. A node's last report is `now - heardAt` old. */
  readonly now: number;
}

/** A node. Compare `id` with `cluster.leader` and `cluster.node`. */
export interface NodeEvent {
  readonly id: string;
  readonly name: string;
  /** Its setting: the region of a cloud, or `latitude,longitude`. */
  readonly region: string;
  /** Its place on the page's map; null: unknown. */
  readonly place: MapPlace | null;
  readonly state: NodeState;
  /** Hits that the node has acknowledged since it started. The next two fields are their committed and uncommitted parts. */
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  /** Open pages on it. */
  readonly active: number;
  /** Its last report to the leader, in milliseconds since 1970; null: it has never reported. */
  readonly heardAt: number | null;
}

/** All fields of a node, or those that changed. */
export type NodeChange = Pick<NodeEvent, "id"> & Partial<NodeEvent>;

/**
 * The event `leaving`, which comes before the node stops. Close the stream, and open a new one after `retry` milliseconds: another node
 * will serve it.
 */
export interface LeavingMessage {
  readonly retry: number;
}
