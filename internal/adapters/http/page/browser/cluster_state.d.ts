import type { PageModel } from "./model.js";

export interface ClusterState {
  readonly key: string;
  readonly tone: "good" | "wait" | "bad";
  readonly fresh: boolean;
  readonly text: string;
}

export function storeWords(detail: string): string;
export function clusterState(model: PageModel, elapsed: number): ClusterState;
