import type { NodeState } from "../../core/cluster/cluster_view.ts";
import type { ClusterSummary } from "./cluster_json.ts";
import type { MapPlace } from "./map_place.ts";
import type { ReadingJson } from "./totals_json.ts";

/**
 * What an event stream carries: `data` of each message, as JSON. The first message of a stream is `full`; each later one has only
 * the nodes that changed since the one before it. A reader that fell behind gets a `full` one again. The event's `id` is the version.
 *
 * A page that moves its number from `value` to the next message's `value`, and never past it, never shows more than is true.
 */
export interface EventMessage {
  /** Null: nobody has counted it yet, as far as this node knows. */
  readonly counter: CounterEvent | null;
  readonly cluster: ClusterEvent;
  /** Forget every node that is known from earlier messages. */
  readonly full: boolean;
  readonly nodes: readonly NodeChange[];
  /** Ids of nodes that are no longer listed. */
  readonly left: readonly string[];
}

/** The first message of a stream, and what a page is rendered from. */
export interface StateMessage extends EventMessage {
  readonly full: true;
  /** In the order of their names. */
  readonly nodes: readonly NodeEvent[];
}

export interface CounterEvent extends ReadingJson {
  /** Hits that were committed per second, over the last five whole seconds that are known; null: none is known. */
  readonly rate: number | null;
  readonly history: History;
}

/** Hits that were committed in each second. A `full` message has up to 300 seconds, others those that became known since. */
export interface History {
  /** Number of the first second of `hits`; consecutive, and only comparable within one stream. */
  readonly from: number;
  /** Rounded to tenths: what a round commits is spread evenly over the time since the round before. */
  readonly hits: readonly number[];
}

/** Durations and ages are in seconds, at `now`. */
export interface ClusterEvent extends ClusterSummary {
  /** This node's clock in milliseconds since 1970: a node's last word is `now - heardAt` old. */
  readonly now: number;
}

/** A node. Compare `id` with `cluster.leader` and `cluster.node`. */
export interface NodeEvent {
  readonly id: string;
  readonly name: string;
  /** As it was set: a cloud's region, or `latitude,longitude`. */
  readonly region: string;
  /** Where that is on the page's map; null: nobody knows. */
  readonly place: MapPlace | null;
  readonly state: NodeState;
  /** Hits that this life of the node acknowledged, those of them that are committed, and those that are not yet. */
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  /** Pages that are open on it. */
  readonly active: number;
  /** Its last word to the leader, in milliseconds since 1970; null: never heard. */
  readonly heardAt: number | null;
}

/** All of a node, or those fields that changed. */
export type NodeChange = Pick<NodeEvent, "id"> & Partial<NodeEvent>;

/**
 * Comes instead of a message when the node leaves: close the stream and open a new one after `retry` milliseconds; another
 * node will serve it. Its event name is `leaving`.
 */
export interface LeavingMessage {
  readonly retry: number;
}
