import { type Move, start } from "./changes.ts";
import type { ClusterState } from "./cluster_state.ts";
import { letter } from "./hit_names.ts";
import { commitMoves, leaderMoves } from "./leader_moves.ts";
import { handOverMoves, leavingMoves } from "./leaving_moves.ts";
import type { Model } from "./model.ts";
import { liveMoves } from "./node_moves.ts";

/** Everything that may happen next. */
export function movesFrom(model: Model, state: ClusterState): Move[] {
  const moves: Move[] = [];
  for (const [node, { value }] of state.nodes.entries()) {
    if (value.status === "up") {
      liveMoves(model, state, node, moves);
      leavingMoves(model, state, node, moves);
    } else if (value.status === "down")
      moves.push({ label: `node ${letter(node)} starts again`, run: () => start(model, state, node) });
  }
  handOverMoves(model, state, moves);
  leaderMoves(model, state, moves);
  commitMoves(model, state, moves);
  return moves;
}
