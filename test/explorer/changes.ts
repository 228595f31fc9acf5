import { isAheadOf, mayJoin } from "../../internal/core/ledger/loss_detection.ts";
import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import type { LedgerPosition } from "../../internal/core/log/batch.ts";
import { sourcesOf } from "./agreement.ts";
import { type Books, type ClusterState, type LeaderState, type SentAnswer, withAt } from "./cluster_state.ts";
import { bitOf, type HitSet } from "./hit_names.ts";
import { KEYED_HIT, withAnswers } from "./keyed.ts";
import type { Model, NodeMove } from "./model.ts";
import type { NodeState } from "./node_state.ts";
import type { Part } from "./parts.ts";
import type { Budget } from "./scopes.ts";

/** One thing that may happen next. */
export interface Move {
  readonly label: string;
  /** The state after it. Throws Violation. */
  readonly run: () => ClusterState;
}

/** Everything of one kind that may happen next. */
export type MoveSource = (model: Model, state: ClusterState) => Iterable<Move>;

/** A node's step in the cluster's state. */
export function after(
  model: Model,
  state: ClusterState,
  node: number,
  { node: part, acknowledged, outcomes }: NodeMove,
): ClusterState {
  const next = { ...state, nodes: withAt(state.nodes, node, part) };
  const { arrived } = state.nodes[node]?.value.keyed ?? part.value.keyed;
  const isSent = part.value.keyed.arrived > arrived;
  if (acknowledged === 0 && outcomes.length === 0 && !isSent) return next;
  const { value: books } = state.books;
  const isCounted = (state.store.value.ledger.value.counted & bitOf(KEYED_HIT)) !== 0;
  const sent = isSent ? { ...books.keyed, sent: books.keyed.sent + 1 } : books.keyed;
  const keyed = withAnswers(sent, outcomes, isCounted);
  return withBooks(model, next, { acknowledged: books.acknowledged | acknowledged, keyed });
}

export function withBooks(model: Model, state: ClusterState, change: Partial<Books>): ClusterState {
  return { ...state, books: model.books.of({ ...state.books.value, ...change }) };
}

/** `state` after something of which there is one less to come. */
export function spent(model: Model, state: ClusterState, kind: keyof Budget): ClusterState {
  const { left } = state.books.value;
  return withBooks(model, state, { left: { ...left, [kind]: left[kind] - 1 } });
}

/** A node hears a snapshot. Hits that a restore has undone may be dropped when a snapshot from before it says that they are committed. */
export function hear(model: Model, state: ClusterState, node: number, publication: Part<Publication>): ClusterState {
  const part = state.nodes[node] as Part<NodeState>;
  const move = model.adopt(node, part, publication);
  const { undone, excepted } = state.books.value;
  const dropped = part.value.held & ~move.node.value.held & undone & committedIn(publication.value);
  const heard = after(model, state, node, move);
  return dropped & ~excepted ? withBooks(model, heard, { excepted: excepted | dropped }) : heard;
}

function committedIn({ shared }: Publication): HitSet {
  return (shared.ledger?.totals ?? []).reduce((hits, { counter }) => hits | bitOf(counter), 0);
}

/** `inbox` of a node with more publications in it; without strays, those older than its page are no longer delivered. */
export function withMail(
  model: Model,
  { nodes, inboxes }: ClusterState,
  node: number,
  ...more: readonly Part<Publication>[]
): ClusterState["inboxes"][number] {
  const reader = (nodes[node] as Part<NodeState>).value;
  const all = new Set([...(inboxes[node]?.value ?? []), ...more]);
  const isNews = (told: Publication) => !isOlder(told, reader.page.ledger) && !isKnown(model, told, reader);
  const kept = [...all].filter(({ value }) => model.scope.strays || isNews(value));
  return model.inboxes.of(kept.sort((a, b) => a.id - b.id));
}

/** Ids of ledgers count down. */
function isOlder({ shared }: Publication, page: LedgerPosition | null): boolean {
  const told = shared.ledger?.ledger;
  if (!page || !told) return false;
  return told.id === page.id ? told.version < page.version : told.id > page.id;
}

/** Whether a snapshot can never change anything on a node: it has that version, and the verdicts are about requests that are answered. */
function isKnown({ scope }: Model, { shared, verdicts, watermarks }: Publication, { page, keyed }: NodeState): boolean {
  const told = shared.ledger?.ledger;
  if (scope.hits.some((hits) => hits > 0) || watermarks.length > 0) return false;
  if (!told || told.id !== page.ledger?.id || told.version !== page.ledger.version) return false;
  return ![...(verdicts?.verdicts.keys() ?? [])].some((number) => keyed.requests[number - 1]?.waits);
}

export function withAnswer(answers: readonly SentAnswer[], more: SentAnswer): SentAnswer[] {
  const others = answers.filter(({ node, answer }) => node !== more.node || answer !== more.answer);
  return [...others, more].sort((a, b) => a.node - b.node || a.answer.id - b.answer.id);
}

/** Whether this leader collects a node and sends it snapshots. Follows `LedgerKnowledge`. */
export function collects({ ledger, known }: LeaderState, node: number): boolean {
  return ledger !== null && mayJoin(known[node] ?? null, ledger.value.ledger);
}

export function maySend(leader: LeaderState, node: number): boolean {
  const known = leader.known[node] ?? null;
  return collects(leader, node) && !(known && isAheadOf(known, leader.ledger!.value.ledger));
}

export function isReached({ nodes, cut }: ClusterState, node: number): boolean {
  return nodes[node]?.value.status === "up" && !(cut & (1 << node));
}

/**
 * Whether a leader's messages get through to a node. While a restored store is explored, a node obeys the newest leader that reaches it
 * (`LeaderSession`, S3): one that is cut off from that leader still hears the ones before.
 */
export function reaches(model: Model, state: ClusterState, leader: number, node: number): boolean {
  if (!model.remembersKnowledge) return isReached(state, node);
  const isNewest = leader === state.leaders.length - 1;
  return state.nodes[node]?.value.status === "up" && isReached(state, node) === isNewest;
}

/** A node answers a leader's collect; the answer is on its way. The leader's next publications speak of the logs that it lists. */
export function answer(model: Model, state: ClusterState, node: number, leader: number): ClusterState {
  const asking = (state.leaders[leader] as Part<LeaderState>).value;
  if (!asking.ledger) throw new Error("a leader without a ledger collects nobody");
  const { node: after, answer: sent } = model.answer(
    node,
    state.nodes[node] as Part<NodeState>,
    asking.epoch,
    asking.ledger,
  );
  if (!sent) throw new Error("an answer without an answer");
  const heard = withWord(model, asking, node, sent.value.sources, sent.value.known);
  // A node answers once in a round: if it answers again, the leader heard nothing in time and asks in its next round.
  const { keyed, visits, adjust, strays } = model.scope;
  const isLate = (one: SentAnswer) => keyed.length + visits.length + adjust.length > 0 && !strays && one.node === node;
  const inTime = heard.answers.filter((one) => !isLate(one));
  const answers = withAnswer(inTime, { node, answer: sent });
  const publication = model.tell(asking.ledger, sent.value.sources);
  return {
    ...state,
    nodes: withAt(state.nodes, node, after),
    leaders: withAt(state.leaders, leader, model.leaders.of({ ...heard, answers })),
    inboxes: maySend(heard, node)
      ? withAt(state.inboxes, node, withMail(model, state, node, publication))
      : state.inboxes,
  };
}

/** A new life: a new stream to every leader, which hears of its logs and publishes to it. */
export function start(model: Model, state: ClusterState, node: number): ClusterState {
  const before = state.nodes[node] as Part<NodeState>;
  const [after] = model.become(before, "starts", () => [model.steps.start(node, before.value)]);
  return greet(model, { ...state, nodes: withAt(state.nodes, node, after as Part<NodeState>) }, node);
}

/** A node says hello to every leader on a new stream. Nothing that was under way to it arrives any more. */
export function greet(model: Model, state: ClusterState, node: number): ClusterState {
  const { value } = state.nodes[node] as Part<NodeState>;
  const leaders = state.leaders.map((leader, index) =>
    leader.value.deposed || !reaches(model, state, index, node)
      ? leader
      : model.leaders.of(withWord(model, leader.value, node, sourcesOf(value), value.known)),
  );
  const told = leaders.flatMap(({ value: leader }, index) =>
    leader.ledger && reaches(model, state, index, node) && maySend(leader, node)
      ? [model.tell(leader.ledger, sourcesOf(value))]
      : [],
  );
  const inbox = model.inboxes.of([...new Set(told)].sort((a, b) => a.id - b.id));
  return { ...state, leaders, inboxes: withAt(state.inboxes, node, inbox) };
}

export function withWord(
  model: Model,
  leader: LeaderState,
  node: number,
  sources: readonly string[],
  known: LedgerPosition | null,
): LeaderState {
  return {
    ...leader,
    sources: withAt(leader.sources, node, sources),
    known: model.remembersKnowledge ? withAt(leader.known, node, known) : leader.known,
  };
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
