import type { ClusterEvent, EventMessage, History, NodeEvent } from "../event_messages.ts";
import type { TotalJson } from "../totals_json.ts";

export interface PageModel {
  readonly counter: { readonly value: TotalJson; readonly rate: number | null; readonly history: History };
  readonly cluster: ClusterEvent;
  readonly nodes: readonly ModelNode[];
  /** Seconds since `cluster.now`. */
  elapsed: number;
}

export interface ModelNode extends NodeEvent {
  readonly leader: boolean;
  /** Hits per second; null: not known yet. */
  readonly rate: number | null;
  /** The word of the node up to which `rate` is. */
  readonly rated: Pick<NodeEvent, "hits" | "heardAt">;
}

export function merged(before: PageModel | null, message: EventMessage): PageModel;
