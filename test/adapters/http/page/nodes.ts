import type { NodeRow, NodeState } from "../../../../internal/core/cluster/cluster_view.ts";

/** A node's row as a leader tells it. */
export function nodeRow(name: string, region: string, changes: Partial<NodeRow> = {}): NodeRow {
  const numbers = { hits: 0, committed: 0, pending: 0, active: 0, heardAt: Date.now(), durable: true };
  return { id: name, name, url: "", peerAddress: "", region, state: "counting", ...numbers, ...changes };
}

const REGIONS = [
  "eu-central-1",
  "us-east-1",
  "ap-southeast-1",
  "sa-east-1",
  "westeurope",
  "asia-northeast1",
  "syd",
  "nowhere",
];
const STATES: readonly NodeState[] = ["unreachable", "lagging", "draining", "counting"];

/** So many nodes in eight regions, one of which nobody knows, and in every state. */
export function manyNodes(count: number): NodeRow[] {
  return Array.from({ length: count }, (_, index) =>
    nodeRow(`n-${index}`, REGIONS[index % REGIONS.length]!, {
      state: STATES[Math.min(index % 20, 3)]!,
      hits: index * 100,
      committed: index * 99,
      pending: index,
      active: index % 5,
    }),
  );
}
