import type { MapPlace } from "../../map_place.ts";
import type { ModelNode, ShownState } from "./model.js";

export interface RegionSummary {
  readonly region: string;
  readonly place: MapPlace | null;
  readonly nodes: readonly ModelNode[];
  /** Whether the leader is among the nodes. */
  readonly leader: boolean;
  readonly states: Readonly<Partial<Record<ShownState, number>>>;
  readonly state: ShownState;
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  readonly active: number;
  readonly heardAt: number | null;
}

export function summarize(nodes: readonly ModelNode[]): RegionSummary[];
