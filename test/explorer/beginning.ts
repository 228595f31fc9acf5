import { after } from "./changes.ts";
import type { ClusterState } from "./cluster_state.ts";
import { round } from "./finish.ts";
import type { Model, NodeMove } from "./model.ts";
import { movesFrom } from "./moves.ts";
import type { NodeState } from "./node_state.ts";
import type { Part } from "./parts.ts";

/** The state in which an exploration begins: what the scope says was counted and shown before, and the moves after it. */
export function beginning(model: Model): ClusterState {
  const { counted, begins } = model.scope;
  const hit = counted.reduce((state, hits, node) => (hits > 0 ? firstHit(model, state, node) : state), model.initial());
  const shown = counted.length > 0 ? round(model, hit) : hit;
  return begins.reduce((state, label) => moved(model, state, label), shown);
}

function moved(model: Model, state: ClusterState, label: string): ClusterState {
  const moves = movesFrom(model, state);
  const move = moves.find((one) => one.label.startsWith(label));
  if (!move)
    throw new Error(
      `scope "${model.scope.name}": no move begins with "${label}": ${moves.map((one) => one.label).join("; ")}`,
    );
  return move.run();
}

function firstHit(model: Model, state: ClusterState, node: number): ClusterState {
  const part = state.nodes[node] as Part<NodeState>;
  return after(model, state, node, model.move(part, "hit", () => model.steps.hit(node, part.value, true)) as NodeMove);
}
