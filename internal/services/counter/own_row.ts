import type { ClusterView, NodeRow } from "../../core/cluster/cluster_view.ts";

/**
 * The cluster, with the node's own row as of now. A node knows its own numbers, and whether it leads, better than the leader's last report
 * does. Only its state comes from the leader, as long as the node hears one.
 */
export function withOwnRow(view: ClusterView, own: NodeRow, leads: boolean): ClusterView {
  const leader = view.leader === own.id && !leads ? null : view.leader;
  const reported = view.nodes.find(({ id }) => id === own.id);
  const row = { ...own, state: stateOf(own, leader === null ? undefined : reported) };
  const nodes = reported ? view.nodes.map((node) => (node === reported ? row : node)) : [...view.nodes, row];
  return { ...view, leader, nodes };
}

function stateOf(own: NodeRow, reported: NodeRow | undefined): NodeRow["state"] {
  // A node that hears its leader is reachable, even if the leader's last report says otherwise.
  if (reported === undefined || reported.state === "unreachable" || reported.state === "refusing") return own.state;
  return own.state === "counting" ? reported.state : own.state;
}
