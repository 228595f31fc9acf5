import type { ClusterSummary } from "../cluster_json.ts";

export interface ClusterState {
  readonly key: string;
  readonly tone: "good" | "wait" | "bad";
  readonly fresh: boolean;
  readonly text: string;
}

export function clusterState(cluster: ClusterSummary, elapsed: number): ClusterState;
