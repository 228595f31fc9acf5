import type { AdjustmentChange } from "../../internal/core/ledger/adjustment.ts";
import { type Ask, type Told, toldBy, withTold } from "./adjusting.ts";
import { type Move, spent, withBooks } from "./changes.ts";
import { type ClusterState, type LeaderState, withAt } from "./cluster_state.ts";
import { bitOf } from "./hit_names.ts";
import type { Planned } from "./leader_steps.ts";
import type { Model } from "./model.ts";

/** Requests for adjustments that reach leaders, also former ones, and deadlines that pass. Follows `AdjustmentQueue`. */
export function* adjustingMoves(model: Model, state: ClusterState): Iterable<Move> {
  const { left } = state.books.value;
  for (const [index, { value: leader }] of state.leaders.entries()) {
    if (leader.deposed || !leader.ledger) continue;
    if (left.asks > 0)
      for (const [change, what] of model.scope.adjust.entries())
        yield {
          label: `leader ${leader.epoch} is asked to ${describe(what)}`,
          run: () => spent(model, ask(model, state, index, change), "asks"),
        };
    if (left.deadlines > 0 && leader.asks.length > 0)
      yield {
        label: `leader ${leader.epoch}: the deadline of its adjustments passes`,
        run: () =>
          spent(
            model,
            withLeader(model, ended(model, state, leader.asks), index, { ...leader, asks: [] }),
            "deadlines",
          ),
      };
  }
}

/** Follows `AdjustmentQueue.attempt`. */
export function attempted(asks: readonly Ask[], verdicts: Planned["adjusted"]): readonly Ask[] {
  return asks.map((one, at) => (verdicts.get(at + 1)?.kind === "done" ? { ...one, attempted: true } : one));
}

/** Follows `AdjustmentQueue.judge`. */
export function judged(
  model: Model,
  state: ClusterState,
  asks: readonly Ask[],
  verdicts: Planned["adjusted"],
): ClusterState {
  const answers = asks.flatMap((one, at) => {
    const verdict = verdicts.get(at + 1);
    return verdict ? [[one, toldBy(verdict)] as const] : [];
  });
  return told(model, state, answers);
}

export function withoutJudged(asks: readonly Ask[], verdicts: Planned["adjusted"]): readonly Ask[] {
  return asks.filter((_, at) => !verdicts.has(at + 1));
}

/** Nobody knows what became of its transaction. Follows `RoundCommits.failed`. */
export function failed(model: Model, state: ClusterState, index: number, leader: LeaderState): ClusterState {
  const unsettled = model.scope.adjust.length > 0;
  const waits = leader.asks.filter((one) => one.attempted);
  const answered = ended(
    model,
    state,
    leader.asks.filter((one) => !one.attempted),
  );
  return withLeader(model, answered, index, { ...leader, asks: waits, unsettled });
}

/** Those that were not sent to the store are told that they did nothing, of the others nobody knows. */
export function ended(model: Model, state: ClusterState, asks: readonly Ask[]): ClusterState {
  return told(
    model,
    state,
    asks.map((one) => [one, one.attempted ? "unknown" : "refused"]),
  );
}

function told(model: Model, state: ClusterState, answers: readonly (readonly [Ask, Told])[]): ClusterState {
  return answers.reduce((next, [{ change }, answer]) => {
    const { adjusted, acknowledged } = next.books.value;
    const book = withTold(adjusted[change]!, answer);
    const done = book.done ? importedBy(model.scope.adjust[change]!) : 0;
    return withBooks(model, next, {
      adjusted: withAt(adjusted, change, book),
      acknowledged: acknowledged | done,
    });
  }, state);
}

function ask(model: Model, state: ClusterState, index: number, change: number): ClusterState {
  const leader = state.leaders[index]!.value;
  const { adjusted } = state.books.value;
  const book = adjusted[change]!;
  const asked = withBooks(model, state, { adjusted: withAt(adjusted, change, { ...book, open: book.open + 1 }) });
  return withLeader(model, asked, index, { ...leader, asks: [...leader.asks, { change, attempted: false }] });
}

function withLeader(model: Model, state: ClusterState, index: number, leader: LeaderState): ClusterState {
  return { ...state, leaders: withAt(state.leaders, index, model.leaders.of(leader)) };
}

/** What an import brings is as good as acknowledged once its request is answered. */
function importedBy(change: AdjustmentChange): number {
  if (change.action !== "import") return 0;
  return change.lines.reduce((hits, { counter }) => hits | bitOf(counter), 0);
}

function describe(change: AdjustmentChange): string {
  if (change.action === "import") return `import ${change.lines.map(({ counter }) => counter)}`;
  return `${change.action} ${change.counter}`;
}
