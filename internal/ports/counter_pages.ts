import type { ClusterReport } from "../core/operator/observation.ts";

/** A client of the HTTP API that counter nodes serve. */
export interface CounterPages {
  /** Reads what the node at `host:port` knows of its cluster and its counters. Throws CounterPagesError. */
  read(address: string): Promise<NodeAccount>;
}

/** One node's report about its cluster. */
export type NodeAccount = Omit<ClusterReport, "at" | "pod">;

/** The node did not respond, or its response is not understood. */
export class CounterPagesError extends Error {
  override readonly name = "CounterPagesError";
}
