import { after } from "./changes.ts";
import type { ClusterState } from "./cluster_state.ts";
import { round } from "./finish.ts";
import type { Model, NodeMove } from "./model.ts";
import type { NodeState } from "./node_state.ts";
import type { Part } from "./parts.ts";
import { withBackup } from "./store_moves.ts";

/** The state in which an exploration begins: what the scope says was counted and shown before, and the backup of the store after it. */
export function beginning(model: Model): ClusterState {
  const { counted, backedUp } = model.scope;
  const hit = counted.reduce((state, hits, node) => (hits > 0 ? firstHit(model, state, node) : state), model.initial());
  const shown = counted.length > 0 ? round(model, hit) : hit;
  return backedUp ? withBackup(model, shown) : shown;
}

function firstHit(model: Model, state: ClusterState, node: number): ClusterState {
  const part = state.nodes[node] as Part<NodeState>;
  return after(model, state, node, model.move(part, "hit", () => model.steps.hit(node, part.value, true)) as NodeMove);
}
