import { end, greet, type Move, spent } from "./changes.ts";
import type { ClusterState } from "./cluster_state.ts";
import { letter } from "./hit_names.ts";
import type { Model } from "./model.ts";

/** Nodes that nobody reaches: their streams break, and a new leader does not know what they know. */
export function* cutMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [node, part] of state.nodes.entries()) {
    const bit = 1 << node;
    if (part.value.status !== "up") continue;
    if (state.cut & bit)
      yield {
        label: `node ${letter(node)} is reached again`,
        run: () => greet(model, { ...state, cut: state.cut & ~bit }, node),
      };
    else if (state.books.value.left.cuts > 0)
      yield {
        label: `node ${letter(node)} is cut off`,
        run: () => spent(model, { ...end(model, state, node, part), cut: state.cut | bit }, "cuts"),
      };
  }
}
