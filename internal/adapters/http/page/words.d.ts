import type { ClusterJson, NodeJson } from "../cluster_json.ts";
import type { TotalJson } from "../totals_json.ts";

export interface ClusterState {
  readonly tone: "good" | "wait" | "bad";
  readonly text: string;
}

export function grouped(total: TotalJson | bigint): string;
export function duration(seconds: number): string;
export function ago(seconds: number | null): string;
export function nodeCells(node: NodeJson, elapsed: number): [label: string, text: string][];
export function nodeBadges(node: NodeJson, cluster: ClusterJson): string[];
export function nodesHeading(cluster: ClusterJson): string;
export function clusterState(cluster: ClusterJson, elapsed: number): ClusterState;
