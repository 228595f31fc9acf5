import type { ClusterReport } from "../core/operator/observation.ts";

/** What a counter node serves over HTTP, as its client sees it. */
export interface CounterPages {
  /** What the node at `host:port` knows of its cluster and its counters. Throws CounterPagesError. */
  read(address: string): Promise<NodeAccount>;
}

/** One node's word about its cluster. */
export type NodeAccount = Omit<ClusterReport, "at" | "pod">;

/** The node did not answer, or not in words that we understand. */
export class CounterPagesError extends Error {
  override readonly name = "CounterPagesError";
}
