import { after, end, isReached, kill, type Move, spent, withBooks } from "./changes.ts";
import type { ClusterState } from "./cluster_state.ts";
import { withAt } from "./cluster_state.ts";
import { letter } from "./hit_names.ts";
import type { Model, NodeMove } from "./model.ts";
import type { NodeState } from "./node_state.ts";
import { leftBy } from "./node_steps.ts";
import type { Part } from "./parts.ts";

/** How a node that is up drains, hands over and leaves. */
export function* leavingMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [node, { value }] of state.nodes.entries())
    if (value.status === "up") yield* leavingOf(model, state, node);
}

function* leavingOf(model: Model, state: ClusterState, node: number): Iterable<Move> {
  const part = state.nodes[node] as Part<NodeState>;
  const { value } = part;
  const { drains } = state.books.value.left;
  const who = `node ${letter(node)}`;
  if (!value.draining && drains > 0 && (node === 0 || model.scope.drains > 1)) {
    const drain = () => after(model, state, node, model.move(part, "drains", () => model.steps.drain(node, value))!);
    yield { label: `${who} drains`, run: () => spent(model, drain(), "drains") };
  }
  if (!value.draining) return;
  for (const [to, { value: receiver }] of state.nodes.entries())
    if (to !== node && isReached(state, to) && isReached(state, node) && !receiver.draining)
      yield {
        label: `${who} offers its remains to node ${letter(to)}`,
        run: () => handOver(model, state, node, to),
      };
  if (leftBy(value) > 0) return;
  yield { label: `${who} leaves, and its disk with it`, run: () => leave(model, state, node) };
  yield { label: `${who} leaves its disk behind`, run: () => end(model, state, node, kill(model, part)) };
}

/** What may become of calls that hand remains over. */
export function* handOverMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [index, { from, to, remains, taken }] of state.handOvers.value.entries()) {
    const receiver = state.nodes[to] as Part<NodeState>;
    const giver = state.nodes[from] as Part<NodeState>;
    if (isReached(state, to))
      yield {
        label: `node ${letter(to)} is handed what node ${letter(from)} offered`,
        run: () => {
          const move = model.move(receiver, `takes ${remains.id}`, () =>
            model.steps.take(to, receiver.value, remains.value),
          );
          const call = { from, to, remains, taken: taken || move?.taken === true };
          const handOvers = model.handOvers.of(withAt(state.handOvers.value, index, call));
          return { ...after(model, state, to, move as NodeMove), handOvers };
        },
      };
    if (taken && isReached(state, from) && giver.value.draining)
      yield {
        label: `node ${letter(from)} hears the yes of node ${letter(to)}`,
        run: () => {
          const heard = () => model.steps.taken(from, giver.value, remains.value);
          return after(model, state, from, model.move(giver, `gave ${remains.id}`, heard) as NodeMove);
        },
      };
  }
}

/**
 * A node leaves forever. Hits that nobody can place do not hold it up: they were reported, and go with its disk. So do hits that it has
 * handed over, also if their receiver saw them committed in a future that a restore undoes.
 */
export function leave(model: Model, state: ClusterState, node: number): ClusterState {
  const part = state.nodes[node] as Part<NodeState>;
  const [gone] = model.become(part, "is destroyed", () => [model.steps.destroy(part.value)]);
  const { excepted, undone } = state.books.value;
  const left = end(model, state, node, gone as Part<NodeState>);
  return withBooks(model, left, { excepted: excepted | part.value.indeterminate | (part.value.held & undone) });
}

function handOver(model: Model, state: ClusterState, from: number, to: number): ClusterState {
  const part = state.nodes[from] as Part<NodeState>;
  const known = state.nodes[to]?.value.known ?? null;
  const move = model.move(part, `hands over to one at ${known?.version}`, () =>
    model.steps.handOver(from, part.value, known),
  );
  if (!move?.remains) return state;
  const call = { from, to, remains: move.remains, taken: false };
  const same = state.handOvers.value.some((other) => other.to === to && other.remains === move.remains);
  const handOvers = same ? state.handOvers : model.handOvers.of([...state.handOvers.value, call]);
  return { ...after(model, state, from, move), handOvers };
}
