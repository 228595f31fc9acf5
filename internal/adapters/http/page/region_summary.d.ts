import type { NodeState } from "../../../core/cluster_view.ts";
import type { MapPlace } from "../map_place.ts";
import type { ModelNode } from "./model.js";

export interface RegionSummary {
  readonly region: string;
  readonly place: MapPlace | null;
  readonly nodes: readonly ModelNode[];
  /** Whether the leader is among the nodes. */
  readonly leader: boolean;
  readonly states: Readonly<Partial<Record<NodeState, number>>>;
  readonly state: NodeState;
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  readonly active: number;
  readonly heardAt: number | null;
}

export function summarize(nodes: readonly ModelNode[]): RegionSummary[];
