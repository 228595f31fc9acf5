import { after, type Move, spent } from "./changes.ts";
import type { ClusterState } from "./cluster_state.ts";
import { letter } from "./hit_names.ts";
import type { Model, NodeMove } from "./model.ts";

/** Requests with the key that arrive at nodes, and deadlines that pass. */
export function* keyedMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [node, part] of state.nodes.entries()) {
    const { value } = part;
    if (value.status !== "up") continue;
    const { steps, scope } = model;
    if (value.keyed.arrived < (scope.keyed[node] ?? 0) && !value.draining)
      yield {
        label: `node ${letter(node)}: a request with the key arrives`,
        run: () => after(model, state, node, model.move(part, "keyed", () => steps.keyedHit(node, value)) as NodeMove),
      };
    if (state.books.value.left.deadlines > 0 && value.keyed.requests.some(({ waits }) => waits))
      yield {
        label: `node ${letter(node)}: the deadline of its requests passes`,
        run: () => {
          const move = model.move(part, "deadline", () => steps.deadline(node, value)) as NodeMove;
          return spent(model, after(model, state, node, move), "deadlines");
        },
      };
  }
}
