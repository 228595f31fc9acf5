import { after, type Move, withBooks } from "./changes.ts";
import type { ClusterState } from "./cluster_state.ts";
import { letter } from "./hit_names.ts";
import type { Model, NodeMove } from "./model.ts";

const PERIODS = ["first", "second"];

/** Visits of the one visitor, in either period by the clock of the node. */
export function* visitorMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [node, part] of state.nodes.entries()) {
    const { value } = part;
    const mayCome = value.visits.arrived < (model.scope.visits[node] ?? 0);
    if (value.status !== "up" || value.draining || !mayCome) continue;
    for (const [period, which] of PERIODS.entries())
      yield {
        label: `node ${letter(node)}: the visitor comes in the ${which} period`,
        run: () => {
          const move = model.move(part, `visit ${period}`, () => model.steps.visit(node, value, period)) as NodeMove;
          const visited = state.books.value.visited | (1 << period);
          return withBooks(model, after(model, state, node, move), { visited });
        },
      };
  }
}
