import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import { type Books, type ClusterState, type LeaderState, type SentAnswer, withAt } from "./cluster_state.ts";
import type { Model, NodeMove } from "./model.ts";
import type { NodeState } from "./node_state.ts";
import type { Part } from "./parts.ts";

/** One thing that may happen next. */
export interface Move {
  readonly label: string;
  /** The state after it. Throws Violation. */
  readonly run: () => ClusterState;
}

/** A node's step in the cluster's state. */
export function after(
  model: Model,
  state: ClusterState,
  node: number,
  { node: part, acknowledged }: NodeMove,
): ClusterState {
  const next = { ...state, nodes: withAt(state.nodes, node, part) };
  return acknowledged === 0
    ? next
    : withBooks(model, next, { acknowledged: state.books.value.acknowledged | acknowledged });
}

export function withBooks(model: Model, state: ClusterState, change: Partial<Books>): ClusterState {
  return { ...state, books: model.books.of({ ...state.books.value, ...change }) };
}

/** `inbox` of a node with one more publication in it; without strays, those older than its page are no longer delivered. */
export function withMail(
  model: Model,
  { nodes, inboxes }: ClusterState,
  node: number,
  ...more: readonly Part<Publication>[]
): ClusterState["inboxes"][number] {
  const version = nodes[node]?.value.page.ledger?.version ?? 0;
  const all = new Set([...(inboxes[node]?.value ?? []), ...more]);
  const kept = [...all].filter(
    ({ value }) => model.scope.strays || (value.shared.ledger?.ledger.version ?? 0) >= version,
  );
  return model.inboxes.of(kept.sort((a, b) => a.id - b.id));
}

export function withAnswer(answers: readonly SentAnswer[], more: SentAnswer): SentAnswer[] {
  const others = answers.filter(({ node, answer }) => node !== more.node || answer !== more.answer);
  return [...others, more].sort((a, b) => a.node - b.node || a.answer.id - b.answer.id);
}

/** A node answers a leader's collect; the answer is on its way. The leader's next publications speak of the logs that it lists. */
export function answer(model: Model, state: ClusterState, node: number, leader: number): ClusterState {
  const asking = (state.leaders[leader] as Part<LeaderState>).value;
  const { node: after, answer: sent } = model.answer(node, state.nodes[node] as Part<NodeState>, asking);
  if (!sent) throw new Error("an answer without an answer");
  const heard = withSources(asking, node, sent.value.sources);
  const answers = withAnswer(heard.answers, { node, answer: sent });
  const publication = model.tell(asking.ledger, sent.value.sources);
  return {
    ...state,
    nodes: withAt(state.nodes, node, after),
    leaders: withAt(state.leaders, leader, model.leaders.of({ ...heard, answers })),
    inboxes: withAt(state.inboxes, node, withMail(model, state, node, publication)),
  };
}

/** A new life: a new stream to every leader, which hears of its logs and publishes to it. */
export function start(model: Model, state: ClusterState, node: number): ClusterState {
  const before = state.nodes[node] as Part<NodeState>;
  const [after] = model.become(before, "starts", () => [model.steps.start(node, before.value)]);
  const { own, carried } = (after as Part<NodeState>).value;
  const sources = [
    ...(own?.firstOffer ? [own.id] : []),
    ...carried.filter(({ firstOffer }) => firstOffer).map(({ id }) => id),
  ];
  const leaders = state.leaders.map((leader) =>
    leader.value.deposed ? leader : model.leaders.of(withSources(leader.value, node, sources)),
  );
  const told = state.leaders.map(({ value: { ledger } }) => model.tell(ledger, sources));
  const inbox = model.inboxes.of([...new Set(told)].sort((a, b) => a.id - b.id));
  return {
    ...state,
    nodes: withAt(state.nodes, node, after as Part<NodeState>),
    leaders,
    inboxes: withAt(state.inboxes, node, inbox),
  };
}

export function withSources(leader: LeaderState, node: number, sources: readonly string[]): LeaderState {
  return { ...leader, sources: withAt(leader.sources, node, sources) };
}

export function kill(model: Model, part: Part<NodeState>): Part<NodeState> {
  const [left] = model.become(part, "is killed", () => [model.steps.kill(part.value)]);
  return left as Part<NodeState>;
}

/** A process's end: its streams and calls break. */
export function end(model: Model, state: ClusterState, node: number, left: Part<NodeState>): ClusterState {
  const calls = state.handOvers.value.filter(({ from, to, taken }) => from !== node && (to !== node || taken));
  return {
    ...state,
    nodes: withAt(state.nodes, node, left),
    inboxes: withAt(state.inboxes, node, model.inboxes.of([])),
    handOvers: model.handOvers.of(calls),
  };
}
