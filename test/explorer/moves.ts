import { adjustingMoves } from "./adjusting_moves.ts";
import type { Move, MoveSource } from "./changes.ts";
import type { ClusterState } from "./cluster_state.ts";
import { cutMoves } from "./cut_moves.ts";
import { diskMoves } from "./disk_moves.ts";
import { keyedMoves } from "./keyed_moves.ts";
import { commitMoves, leaderMoves } from "./leader_moves.ts";
import { handOverMoves, leavingMoves } from "./leaving_moves.ts";
import type { Model } from "./model.ts";
import { endMoves, hitMoves, messageMoves, startMoves } from "./node_moves.ts";
import { storeMoves } from "./store_moves.ts";
import { visitorMoves } from "./visitor_moves.ts";

/** Whatever may happen, by what it happens to. A new kind of event is one more function here, and usually one more number in `Budget`. */
const SOURCES: readonly MoveSource[] = [
  hitMoves,
  messageMoves,
  endMoves,
  startMoves,
  leavingMoves,
  handOverMoves,
  leaderMoves,
  commitMoves,
  storeMoves,
  cutMoves,
  diskMoves,
  keyedMoves,
  visitorMoves,
  adjustingMoves,
];

/** Everything that may happen next. */
export function movesFrom(model: Model, state: ClusterState): Move[] {
  return SOURCES.flatMap((source) => [...source(model, state)]);
}
