import { type Move, withAnswer, withBooks, withMail } from "./changes.ts";
import { type ClusterState, type Commit, type LeaderState, type SentAnswer, withAt } from "./cluster_state.ts";
import { letter } from "./hit_names.ts";
import { type HeardAnswer, mustStand } from "./leader_steps.ts";
import type { Model } from "./model.ts";
import type { Part } from "./parts.ts";

/** What becomes of a commit: its leader hears of it, or it applies unheard, or it is still on its way. */
type Fate = "answered" | "unheard" | "late";

export function leaderMoves(model: Model, state: ClusterState, moves: Move[]): void {
  for (const [index, { value: leader }] of state.leaders.entries()) {
    if (leader.deposed) continue;
    const leads = leader.epoch === state.store.value.epoch;
    for (const chosen of choices(leader.answers)) {
      if (chosen.length > 0) planMoves(model, state, index, chosen, false, moves);
      if (leads && state.books.value.hours > 0) planMoves(model, state, index, chosen, true, moves);
    }
  }
  const { elections } = state.books.value;
  if (elections > 0)
    moves.push({
      label: `leader ${state.store.value.epoch + 1} is elected and reads version ${state.store.value.ledger.value.ledger.version}`,
      run: () => withBooks(model, elect(model, state), { elections: elections - 1 }),
    });
}

/** Transactions that were given up and reach the store after all. */
export function commitMoves(model: Model, state: ClusterState, moves: Move[]): void {
  for (const [index, commit] of state.commits.value.entries())
    moves.push({
      label: `the late commit of leader ${commit.epoch} of version ${commit.next.value.ledger.version} reaches the store`,
      run: () => {
        const left = state.commits.value.filter((_, other) => other !== index);
        return { ...(apply(model, state, commit) ?? state), commits: model.commits.of(left) };
      },
    });
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
  const plan = model.plan(leader, chosen, anHourLater);
  const over = nextRound(model, leader);
  if (plan === "outdated") {
    if (leader.epoch === state.store.value.epoch) mustStand(state.store.value.ledger.value, chosen.map(heard));
    return read(model, state, index, over);
  }
  if (plan === null) return withLeader(model, state, index, over);
  const commit = { epoch: leader.epoch, headRevision: leader.headRevision, next: plan };
  const waiting = withLeader(model, state, index, over);
  if (fate === "late") return { ...waiting, commits: model.commits.of([...state.commits.value, commit]) };
  const committed = apply(model, waiting, commit);
  if (fate === "unheard") return committed ?? waiting;
  if (!committed) return read(model, state, index, over);
  return publish(model, committed, index, { ...over, ledger: plan, headRevision: committed.store.value.headRevision });
}

function heard({ node, answer }: SentAnswer): HeardAnswer {
  return { node, answer: answer.value, stale: false };
}

/** A leader reads the ledger: on taking office, and when its commit was refused. Follows `LedgerAccess.open`. */
function read(model: Model, state: ClusterState, index: number, leader: LeaderState): ClusterState {
  const { epoch, ledger, headRevision } = state.store.value;
  if (epoch !== leader.epoch) {
    const deposed = { ...leader, deposed: true, answers: [], stale: [], sources: leader.sources.map(() => []) };
    return withLeader(model, state, index, deposed);
  }
  return publish(model, state, index, { ...leader, ledger, headRevision });
}

/** The store's one transaction: both compares and the puts, at once. */
function apply(model: Model, state: ClusterState, commit: Commit): ClusterState | null {
  const { epoch, headRevision } = state.store.value;
  if (epoch !== commit.epoch || headRevision !== commit.headRevision) return null;
  return { ...state, store: model.stores.of({ epoch, headRevision: headRevision + 1, ledger: commit.next }) };
}

/** What a leader holds now is on its way to every node, in a snapshot that speaks of the logs it last listed. */
function publish(model: Model, state: ClusterState, index: number, leader: LeaderState): ClusterState {
  const inboxes = state.nodes.map(({ value }, node) =>
    value.status === "up"
      ? withMail(model, state, node, model.tell(leader.ledger, leader.sources[node] ?? []))
      : (state.inboxes[node] as ClusterState["inboxes"][number]),
  );
  return withLeader(model, { ...state, inboxes }, index, leader);
}

function elect(model: Model, state: ClusterState): ClusterState {
  const epoch = state.store.value.epoch + 1;
  const { ledger, headRevision } = state.store.value;
  const store = model.stores.of({ epoch, headRevision, ledger });
  const sources = state.nodes.map(({ value: { status, own, carried } }) => {
    if (status !== "up") return [];
    return [own, ...carried].flatMap((log) => (log?.firstOffer ? [log.id] : []));
  });
  const leader = { epoch, deposed: false, ledger, headRevision, answers: [], stale: [], sources };
  const elected = { ...state, store, leaders: [...state.leaders, model.leaders.of(leader)] };
  return publish(model, elected, state.leaders.length, leader);
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

function planMoves(
  model: Model,
  state: ClusterState,
  index: number,
  chosen: readonly SentAnswer[],
  anHourLater: boolean,
  moves: Move[],
): void {
  const { unknownCommits, hours } = state.books.value;
  const leader = (state.leaders[index] as Part<LeaderState>).value;
  const fates: readonly Fate[] = unknownCommits > 0 ? ["answered", "unheard", "late"] : ["answered"];
  const spent = anHourLater ? { hours: hours - 1 } : {};
  for (const fate of fates)
    moves.push({
      label: labelOf(leader, chosen, anHourLater, fate),
      run: () => {
        const next = finishRound(model, state, index, chosen, anHourLater, fate);
        const change = fate === "answered" ? spent : { ...spent, unknownCommits: unknownCommits - 1 };
        return withBooks(model, next, change);
      },
    });
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
