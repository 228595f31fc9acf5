import { after, answer, collects, greet, hear, maySend, start } from "./changes.ts";
import type { ClusterState, LeaderState, SentAnswer } from "./cluster_state.ts";
import { withAt } from "./cluster_state.ts";
import { type HitSet, letter, namesOf } from "./hit_names.ts";
import { finishRound, read, readsFirst } from "./leader_moves.ts";
import { leave } from "./leaving_moves.ts";
import type { Model, NodeMove } from "./model.ts";
import type { NodeState } from "./node_state.ts";
import { leftBy, shownHits } from "./node_steps.ts";
import { type Part, Violation } from "./parts.ts";
import { adopt } from "./store_moves.ts";
import { checkVisitsAtRest } from "./visitors.ts";

/** Rounds in which a healed cluster has to come to rest. */
const ENOUGH = 30;

/** A cluster at rest, healed, and the hits that it could not place. */
export interface Finish {
  readonly state: ClusterState;
  readonly indeterminate: HitSet;
}

/**
 * Lets a cluster heal: what is under way is lost, no more faults come, nodes that are down start again, the present leader does its
 * rounds, and a person adopts what is left of a ledger that is lost. Throws Violation when that does not end with every acknowledged hit counted, those excepted that the contract excepts.
 */
export function finish(model: Model, from: ClusterState): Finish {
  let state = healed(model, from);
  for (let i = 0; i < ENOUGH; i++) {
    const next = round(model, state);
    if (isSame(next, state) && isCurrent(state)) return judged(model, state);
    state = isSame(next, state) ? readAgain(model, state) : next;
  }
  throw new Violation(`a healed cluster does not come to rest: ${describe(state)}`);
}

/** What a finish depends on: everything else is lost on the way into it. */
export function keyOfFinish({ nodes, store, leaders, books }: ClusterState): string {
  const leader = leaders.find(({ value }) => value.epoch === store.value.epoch)?.value;
  const { acknowledged, excepted, ledgers, undone, adjusted, left } = books.value;
  const asks = leader && leader.asks.length > 0 ? `${JSON.stringify(leader.asks)} ${JSON.stringify(adjusted)}` : "";
  const known = leader?.known.map((one) => one && `${one.id}@${one.version} ${one.writer}`);
  return `${nodes.map(({ id }) => id)} ${store.id} ${leader?.ledger?.id} ${leader?.headRevision} ${leader?.own?.id} ${known} ${leader?.contradicting.map(({ answer }) => answer.id)} ${acknowledged} ${excepted} ${undone} ${ledgers} ${left.hours} ${asks}`;
}

/** An idle leader learns of a commit of which it never heard when it next has something to commit: that is not waited for here. */
function readAgain(model: Model, state: ClusterState): ClusterState {
  return read(model, state, 0, (state.leaders[0] as Part<LeaderState>).value);
}

function isCurrent({ leaders, store }: ClusterState): boolean {
  const leader = (leaders[0] as Part<LeaderState>).value;
  return leader.headRevision === store.value.headRevision && !readsFirst(leader);
}

function healed(model: Model, state: ClusterState): ClusterState {
  const leader = state.leaders.find(({ value }) => !value.deposed && value.epoch === state.store.value.epoch)?.value;
  if (!leader) throw new Violation("nobody leads");
  const clean = { ...leader, answers: [], stale: [], sources: state.nodes.map(() => []) };
  const alone: ClusterState = {
    ...state,
    leaders: [model.leaders.of(clean)],
    inboxes: state.nodes.map(() => model.inboxes.of([])),
    handOvers: model.handOvers.of([]),
    commits: model.commits.of([]),
    cut: 0,
  };
  return state.nodes.reduce(
    (next, { value }, node) =>
      value.status === "down" && value.disk.files.length > 0 ? start(model, next, node) : greet(model, next, node),
    alone,
  );
}

export function round(model: Model, before: ClusterState): ClusterState {
  const state = readsFirst(leaderOf(before)) ? opened(model, before) : before;
  if (!leaderOf(state).ledger) return state;
  const up = state.nodes.flatMap(({ value }, node) => (value.status === "up" ? [node] : []));
  const asked = up.reduce((next, node) => ask(model, endTurn(model, next, node), node), cleared(model, state));
  const committed = finishRound(model, asked, 0, lastAnswers(asked), false);
  const told = up.reduce((next, node) => hearLast(model, next, node), committed);
  const rested = up.reduce((next, node) => (mayLeave(next, node) ? leave(model, next, node) : next), told);
  return cleared(model, rested);
}

/** A leader that cannot go on with the ledger, or that some nodes cannot follow, has said so in the store: a person adopts. */
function opened(model: Model, state: ClusterState): ClusterState {
  const again = read(model, state, 0, leaderOf(state));
  if (!readsFirst(leaderOf(again))) return again;
  const next = adopt(model, again);
  return read(model, next, 0, leaderOf(next));
}

function ask(model: Model, state: ClusterState, node: number): ClusterState {
  return collects(leaderOf(state), node) ? answer(model, state, node, 0) : state;
}

function leaderOf({ leaders }: ClusterState): LeaderState {
  return (leaders[0] as Part<LeaderState>).value;
}

function endTurn(model: Model, state: ClusterState, node: number): ClusterState {
  const part = state.nodes[node] as Part<NodeState>;
  if (part.value.turn.length === 0) return state;
  const move = model.move(part, "ends turn", () => model.steps.endTurn(node, part.value));
  return after(model, state, node, move as NodeMove);
}

/** The snapshot that follows the round, with the watermarks of every log that the node listed in it. */
function hearLast(model: Model, state: ClusterState, node: number): ClusterState {
  const leader = leaderOf(state);
  if (!leader.ledger || !maySend(leader, node)) return state;
  const judged = state.inboxes[node]?.value.filter(({ value }) => value.verdicts || value.marks) ?? [];
  const answered = judged.reduce((next, publication) => hear(model, next, node, publication), state);
  return hear(model, answered, node, model.tell(leader.ledger, leader.sources[node] ?? []));
}

function lastAnswers(state: ClusterState): readonly SentAnswer[] {
  return (state.leaders[0] as Part<LeaderState>).value.answers;
}

function mayLeave(state: ClusterState, node: number): boolean {
  const value = (state.nodes[node] as Part<NodeState>).value;
  return value.draining && leftBy(value) === 0;
}

function cleared(model: Model, state: ClusterState): ClusterState {
  const leader = { ...(state.leaders[0] as Part<LeaderState>).value, answers: [], stale: [] };
  const inboxes = state.nodes.map(() => model.inboxes.of([]));
  return { ...state, leaders: withAt(state.leaders, 0, model.leaders.of(leader)), inboxes };
}

function isSame(a: ClusterState, b: ClusterState): boolean {
  return a.store === b.store && a.leaders[0] === b.leaders[0] && a.nodes.every((node, i) => node === b.nodes[i]);
}

function judged(model: Model, state: ClusterState): Finish {
  const { counted } = state.store.value.ledger.value;
  const { acknowledged, excepted } = state.books.value;
  const indeterminate = state.nodes.reduce((hits, { value }) => hits | value.indeterminate, 0) & ~counted;
  const missing = acknowledged & ~counted & ~excepted & ~indeterminate;
  if (missing) throw new Violation(`lost, although everything healed: ${namesOf(missing)}; ${describe(state)}`);
  if (indeterminate && !hasForgotten(model, state) && !mayBeUncut(model, state) && !isUnclean(state))
    throw new Violation(`indeterminate, although no rule names a reason: ${namesOf(indeterminate)}`);
  for (const [node, { value }] of state.nodes.entries()) checkAtRest(model, state, node, value);
  if (leaderOf(state).asks.length > 0) throw new Violation("a leader never answers for an adjustment");
  return { state, indeterminate: indeterminate & acknowledged };
}

/** Whether a leader may have forgotten a source, also in a future that a restore has undone. */
function hasForgotten({ scope }: Model, { books }: ClusterState): boolean {
  return books.value.left.hours < scope.hours;
}

/** Whether two holders may have cut a log at different places: one began with a copy of the other's disk. */
function mayBeUncut({ scope }: Model, { books }: ClusterState): boolean {
  return books.value.left.diskCopies < scope.diskCopies;
}

/** Whether the ledger may have followed another one in a way that nobody remembers (docs/protocol.md, Adopt). */
function isUnclean({ store }: ClusterState): boolean {
  return store.value.ledger.value.ledger.adoptions.some(({ clean }) => !clean);
}

/** Nothing waits, and every page shows what the ledger has. */
function checkAtRest(model: Model, state: ClusterState, node: number, value: NodeState): void {
  if (value.status !== "up") return;
  const { present, ledger } = state.store.value.ledger.value;
  checkVisitsAtRest(value.visits, ledger, model.scope.visitTimes, hasForgotten(model, state));
  if (value.keyed.requests.some(({ waits }) => waits))
    throw new Violation(`node ${letter(node)} never answers a request with the key`);
  if (leftBy(value) > 0) throw new Violation(`node ${letter(node)} is stuck with ${leftBy(value)} pending hits`);
  const carried = value.carried.filter((log) => !log.indeterminate);
  if (carried.length > 0) throw new Violation(`node ${letter(node)} goes on carrying ${carried[0]?.id}`);
  if (value.page.committed !== present)
    throw new Violation(`node ${letter(node)} shows ${namesOf(value.page.committed)}, counted are ${namesOf(present)}`);
  if (value.indeterminate) return;
  for (const [name, hits] of shownHits(value))
    if (hits > 0 && value.page.pending.some(([pending]) => pending === name))
      throw new Violation(`node ${letter(node)} shows ${name} as pending forever`);
}

function describe({ nodes, store }: ClusterState): string {
  const held = nodes.map(({ value }, node) => `node ${letter(node)} (${value.status}) holds ${namesOf(value.held)}`);
  return `${held.join(", ")}; counted are ${namesOf(store.value.ledger.value.counted)}`;
}
