import { mayJoin } from "../../internal/core/ledger/loss_detection.ts";
import { attempted, ended, failed, judged, withoutJudged } from "./adjusting_moves.ts";
import { sourcesOf } from "./agreement.ts";
import { isReached, type Move, maySend, reaches, spent, withAnswer, withBooks, withMail } from "./changes.ts";
import { type ClusterState, type Commit, type LeaderState, type SentAnswer, withAt } from "./cluster_state.ts";
import { letter } from "./hit_names.ts";
import {
  accessTo,
  firstLedger,
  type HeardAnswer,
  ledgerId,
  type NodeVerdicts,
  type StoredLedger,
} from "./leader_steps.ts";
import { type Model, NO_ASKS, nodesKnowing, type RoundMove } from "./model.ts";
import { type Part, Violation } from "./parts.ts";

/** What becomes of a commit: its leader hears of it, or it applies unheard, or it is still on its way. */
type Fate = "answered" | "unheard" | "late";

export function* leaderMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [index, { value: leader }] of state.leaders.entries()) {
    if (leader.deposed) continue;
    const leads = leader.epoch === state.store.value.epoch;
    if (readsFirst(leader))
      yield { label: `leader ${leader.epoch} reads the ledger again`, run: () => read(model, state, index, leader) };
    if (!leader.ledger) continue;
    for (const chosen of choices(leader.answers)) {
      if (chosen.length > 0 || leader.asks.length > 0) yield* planMoves(model, state, index, chosen, false);
      if (leads && state.books.value.left.hours > 0) yield* planMoves(model, state, index, chosen, true);
    }
  }
  if (state.books.value.left.elections > 0)
    yield {
      label: `another leader is elected and reads version ${state.store.value.ledger.value.ledger.version}`,
      run: () => spent(model, elect(model, state), "elections"),
    };
}

/** Whether a round begins with reading the ledger: there was none to write, or a node knows another one. Follows `Leader.#round`. */
export function readsFirst({ ledger, known }: LeaderState): boolean {
  return ledger === null || known.some((one) => !mayJoin(one, ledger.value.ledger));
}

/** Transactions that were given up and reach the store after all. */
export function* commitMoves(model: Model, state: ClusterState): Iterable<Move> {
  for (const [index, commit] of state.commits.value.entries())
    yield {
      label: `the late commit of leader ${commit.epoch} of version ${commit.next.value.ledger.version} reaches the store`,
      run: () => {
        const left = state.commits.value.filter((_, other) => other !== index);
        return withCommits(model, apply(model, state, commit) ?? state, left);
      },
    };
}

/** The end of a round: these answers are planned, and the plan is committed and heard of. Follows `Leader.#collectAndCommit`. */
export function finishRound(
  model: Model,
  state: ClusterState,
  index: number,
  chosen: readonly SentAnswer[],
  anHourLater: boolean,
  fate: Fate = "answered",
): ClusterState {
  const leader = (state.leaders[index] as Part<LeaderState>).value;
  if (!leader.ledger) throw new Error("a leader without a ledger plans nothing");
  const plan = model.plan(leader, leader.ledger, chosen, anHourLater, state.store.value.ledger);
  const over = nextRound(model, leader);
  if (plan === "outdated") return read(model, state, index, over, chosen);
  const { next, adjusted } = plan;
  if (next === null) {
    // What is idle does not tell what became of the transaction before: the store does (`RoundCommits`).
    if (leader.unsettled) return read(model, state, index, over);
    const answered = judged(model, state, over.asks, adjusted);
    const left = { ...over, asks: withoutJudged(over.asks, adjusted) };
    return plan.verdicts.size + plan.markVerdicts.size > 0
      ? publish(model, answered, index, left, plan)
      : withLeader(model, answered, index, left);
  }
  const commit = { epoch: leader.epoch, headRevision: leader.headRevision, next };
  const asks = attempted(over.asks, adjusted);
  if (fate === "late")
    return withCommits(model, failed(model, state, index, { ...over, asks }), [...state.commits.value, commit]);
  const waiting = withLeader(model, state, index, { ...over, asks });
  const committed = apply(model, waiting, commit);
  if (fate === "unheard") return failed(model, committed ?? waiting, index, { ...over, asks });
  if (!committed) return read(model, state, index, { ...over, asks });
  const answered = judged(model, committed, asks, adjusted);
  const left = { ...over, asks: withoutJudged(asks, adjusted) };
  const settled = { ...left, ...held(next, committed.store.value.headRevision) };
  return publish(model, answered, index, settled, plan);
}

function heard({ node, answer }: SentAnswer): HeardAnswer {
  return { node, answer: answer.value, stale: false };
}

/**
 * A leader reads the ledger: on taking office, when its commit was refused, and when nodes know more or another one; `answers` are those
 * that say so. Follows `LedgerAccess.open`.
 */
export function read(
  model: Model,
  state: ClusterState,
  index: number,
  leader: LeaderState,
  answers: readonly SentAnswer[] = leader.contradicting,
): ClusterState {
  const { epoch, ledger, headRevision } = state.store.value;
  const over = { ...leader, answers: [], contradicting: [], unsettled: false };
  if (epoch !== leader.epoch) {
    const nothing = leader.sources.map(() => []);
    const knows = { ledger: null, headRevision: 0, own: null, known: leader.known.map(() => null) };
    const superseded = { ...over, ...knows, ...NO_ASKS, deposed: true, stale: [], sources: nothing };
    return withLeader(model, ended(model, state, leader.asks), index, superseded);
  }
  const lineage = leader.own?.value.ledger.adoptions ?? [];
  const { kind, record } = accessTo(ledger.value, { nodes: nodesKnowing(leader), lineage }, answers.map(heard));
  if (kind === "absent") return found(model, state, index, over);
  if (record !== null && !model.remembersKnowledge) throw new Violation("a leader takes a sound ledger for lost");
  const next = record === null ? state : withLoss(model, state, record);
  if (kind === "lost") return withLeader(model, next, index, { ...over, ledger: null, contradicting: answers });
  return publish(model, next, index, { ...over, ...held(ledger, headRevision) });
}

/** Nobody whom the leader heard knows a ledger: it creates one. */
function found(model: Model, state: ClusterState, index: number, leader: LeaderState): ClusterState {
  const ledgers = state.books.value.ledgers + 1;
  const ledger = model.ledgers.of(firstLedger(ledgerId(ledgers), leader.epoch));
  const headRevision = state.store.value.headRevision + 1;
  const founded = { ...state, store: model.stores.of({ ...state.store.value, ledger, headRevision }) };
  return publish(model, withBooks(model, founded, { ledgers }), index, { ...leader, ...held(ledger, headRevision) });
}

function held(ledger: Part<StoredLedger>, headRevision: number) {
  return { ledger, headRevision, own: ledger };
}

function withLoss(model: Model, state: ClusterState, lost: string): ClusterState {
  return { ...state, store: model.stores.of({ ...state.store.value, lost }) };
}

/** The store's one transaction: both compares and the puts, at once. */
function apply(model: Model, state: ClusterState, commit: Commit): ClusterState | null {
  const { epoch, headRevision } = state.store.value;
  if (epoch !== commit.epoch || headRevision !== commit.headRevision) return null;
  const store = { ...state.store.value, headRevision: headRevision + 1, ledger: commit.next };
  return withCommits(model, { ...state, store: model.stores.of(store) }, state.commits.value);
}

/** Epochs and revisions only grow in a store that keeps its data: without restores, a commit that would fail now always fails. */
function withCommits(model: Model, state: ClusterState, commits: readonly Commit[]): ClusterState {
  const { epoch, headRevision } = state.store.value;
  const mayApply = (one: Commit) => one.epoch === epoch && one.headRevision === headRevision;
  return { ...state, commits: model.commits.of(model.remembersKnowledge ? commits : commits.filter(mayApply)) };
}

/** What a leader holds now is on its way to every node, in a snapshot that speaks of the logs it last listed. */
function publish(
  model: Model,
  state: ClusterState,
  index: number,
  leader: LeaderState,
  plan: Pick<RoundMove, "verdicts" | "markVerdicts"> = NO_VERDICTS,
): ClusterState {
  const inboxes = state.inboxes.map((inbox, node) =>
    leader.ledger && reaches(model, state, index, node) && maySend(leader, node)
      ? withMail(model, state, node, model.tell(leader.ledger, leader.sources[node] ?? [], verdictsFor(node, plan)))
      : inbox,
  );
  return withLeader(model, { ...state, inboxes }, index, leader);
}

const NO_VERDICTS = { verdicts: new Map(), markVerdicts: new Map() };

function verdictsFor(
  node: number,
  { verdicts, markVerdicts }: Pick<RoundMove, "verdicts" | "markVerdicts">,
): NodeVerdicts {
  return { keyed: verdicts.get(String(node)), marks: markVerdicts.get(String(node)) };
}

/** A new leader, on a node that knew no ledger, reads the ledger after every node that it reaches said hello. */
export function elect(model: Model, state: ClusterState): ClusterState {
  const epoch = Math.max(state.store.value.epoch, ...state.leaders.map(({ value }) => value.epoch)) + 1;
  const store = model.stores.of({ ...state.store.value, epoch });
  const reached = state.nodes.map(({ value }, node) => (isReached(state, node) ? value : null));
  const leader: LeaderState = {
    epoch,
    deposed: false,
    ledger: null,
    headRevision: 0,
    own: null,
    answers: [],
    contradicting: [],
    stale: [],
    ...NO_ASKS,
    sources: reached.map((node) => (node ? sourcesOf(node) : [])),
    known: reached.map((node) => (node && model.remembersKnowledge ? node.known : null)),
  };
  const inboxes = state.inboxes.map((inbox, node) =>
    model.remembersKnowledge && reached[node] ? model.inboxes.of([]) : inbox,
  );
  const elected = { ...state, store, inboxes, leaders: [...state.leaders, model.leaders.of(leader)] };
  return read(model, withCommits(model, elected, state.commits.value), state.leaders.length, leader);
}

/** What was not planned is an answer to an earlier round from here on. */
function nextRound({ scope }: Model, leader: LeaderState): LeaderState {
  if (!scope.strays) return { ...leader, answers: [] };
  const stale = leader.answers.reduce<readonly SentAnswer[]>(withAnswer, leader.stale);
  return { ...leader, answers: [], stale };
}

function withLeader(model: Model, state: ClusterState, index: number, leader: LeaderState): ClusterState {
  return { ...state, leaders: withAt(state.leaders, index, model.leaders.of(leader)) };
}

function* planMoves(
  model: Model,
  state: ClusterState,
  index: number,
  chosen: readonly SentAnswer[],
  anHourLater: boolean,
): Iterable<Move> {
  const leader = (state.leaders[index] as Part<LeaderState>).value;
  const fates: readonly Fate[] =
    state.books.value.left.unknownCommits > 0 ? ["answered", "unheard", "late"] : ["answered"];
  for (const fate of fates)
    yield {
      label: labelOf(leader, chosen, anHourLater, fate),
      run: () => {
        const next = finishRound(model, state, index, chosen, anHourLater, fate);
        const told = anHourLater ? spent(model, next, "hours") : next;
        return fate === "answered" ? told : spent(model, told, "unknownCommits");
      },
    };
}

function labelOf({ epoch }: LeaderState, chosen: readonly SentAnswer[], anHourLater: boolean, fate: Fate): string {
  const who =
    chosen.map(({ node, answer }) => `node ${letter(node)} (${batchesIn(answer.value)})`).join(" and ") || "nobody";
  const fates = {
    answered: "commits",
    unheard: "commits, but never hears of it",
    late: "gives up on a commit that is on its way",
  };
  return `leader ${epoch}, having heard ${who}${anHourLater ? ", after an hour" : ""}: ${fates[fate]}`;
}

function batchesIn({ batches }: SentAnswer["answer"]["value"]): string {
  return (
    batches.map(({ source, from, to, last }) => `${source} ${from}-${to}${last ? " end" : ""}`).join(", ") || "nothing"
  );
}

/** At most one answer of each node, in every way. */
function choices(answers: readonly SentAnswer[]): SentAnswer[][] {
  let all: SentAnswer[][] = [[]];
  for (const node of new Set(answers.map((answer) => answer.node))) {
    const own = answers.filter((answer) => answer.node === node);
    all = all.flatMap((chosen) => [chosen, ...own.map((answer) => [...chosen, answer])]);
  }
  return all;
}
