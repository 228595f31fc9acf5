import type { ClusterView, NodeRow } from "../../core/cluster/cluster_view.ts";

/**
 * The cluster with a node's own row as of now: it knows itself better than a leader's last word does, and before any leader spoke
 * of it; also whether it leads. Only what a leader that it hears makes of it, it learns from the leader.
 */
export function withOwnRow(view: ClusterView, own: NodeRow, leads: boolean): ClusterView {
  const leader = view.leader === own.id && !leads ? null : view.leader;
  const told = view.nodes.find(({ id }) => id === own.id);
  const row = { ...own, state: stateOf(own, leader === null ? undefined : told) };
  const nodes = told ? view.nodes.map((node) => (node === told ? row : node)) : [...view.nodes, row];
  return { ...view, leader, nodes };
}

function stateOf(own: NodeRow, told: NodeRow | undefined): NodeRow["state"] {
  // A node that hears its leader is not out of its reach, whatever the leader last said.
  if (told === undefined || told.state === "unreachable" || told.state === "refusing") return own.state;
  return own.state === "counting" ? told.state : own.state;
}
