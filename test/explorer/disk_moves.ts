import { type Move, spent, start, withBooks } from "./changes.ts";
import { type ClusterState, withAt } from "./cluster_state.ts";
import { letter } from "./hit_names.ts";
import type { Model } from "./model.ts";
import type { NodeState } from "./node_state.ts";
import type { Part } from "./parts.ts";

/** Node A's disk is copied, while the node runs or not; later node A starts on the copy, or a machine on which nothing ran. */
export function* diskMoves(model: Model, state: ClusterState): Iterable<Move> {
  const original = (state.nodes[0] as Part<NodeState>).value;
  if (state.books.value.left.diskCopies > 0 && original.disk.files.length > 0)
    yield {
      label: "node A's disk is copied",
      run: () => spent(model, { ...state, copy: model.disks.of(original.disk) }, "diskCopies"),
    };
  if (!state.copy) return;
  for (const [node, { value }] of state.nodes.entries())
    if (value.status !== "up" && (node === 0 ? !model.scope.clone : isUnused(value)))
      yield {
        label: `node ${letter(node)} starts on the copy of node A's disk`,
        run: () => startOnCopy(model, state, node),
      };
}

/** What the disk held that the copy takes the place of is gone with it. */
function startOnCopy(model: Model, state: ClusterState, node: number): ClusterState {
  const part = state.nodes[node] as Part<NodeState>;
  const { value: disk, id } = state.copy!;
  const [copied] = model.become(part, `gets disk ${id}`, () => [model.steps.withDisk(part.value, disk)]);
  const next = { ...state, nodes: withAt(state.nodes, node, copied as Part<NodeState>), copy: null };
  const held = next.nodes.reduce((hits, { value }) => hits | value.held, 0);
  const lost = part.value.held & ~held & ~state.store.value.ledger.value.counted;
  const { excepted } = state.books.value;
  return start(model, withBooks(model, next, { excepted: excepted | lost }), node);
}

function isUnused({ ids, disk }: NodeState): boolean {
  return ids === 0 && disk.files.length === 0;
}
