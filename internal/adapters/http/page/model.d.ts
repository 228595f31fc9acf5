import type { NodeState } from "../../../core/cluster/cluster_view.ts";
import type { ClusterEvent, EventMessage, History, NodeEvent } from "../event_messages.ts";
import type { TotalJson } from "../totals_json.ts";

export interface PageModel {
  readonly counter: { readonly value: TotalJson; readonly rate: number | null; readonly history: History };
  readonly cluster: ClusterEvent;
  readonly nodes: readonly ModelNode[];
  /** How many messages it is made of. */
  readonly revision: number;
  /** Seconds since `cluster.now`. */
  elapsed: number;
}

/** `ended`: out of reach, and another process has its name: it was started again. */
export type ShownState = NodeState | "ended";

export interface ModelNode extends Omit<NodeEvent, "state"> {
  readonly state: ShownState;
  readonly toldState: NodeState;
  readonly leader: boolean;
  /** The model's, when something in the node's row changed last. */
  readonly revision: number;
  /** Hits per second; null: not known yet. */
  readonly rate: number | null;
  /** The word of the node up to which `rate` is. */
  readonly rated: Pick<NodeEvent, "hits" | "heardAt">;
}

export function merged(before: PageModel | null, message: EventMessage): PageModel;
