import { setImmediate } from "node:timers/promises";
import { checkAdjusted } from "./adjusting.ts";
import { beginning } from "./beginning.ts";
import { type ClusterState, keyOf } from "./cluster_state.ts";
import { finish, keyOfFinish } from "./finish.ts";
import { namesOf } from "./hit_names.ts";
import { checkKeyed } from "./keyed.ts";
import { Model } from "./model.ts";
import { movesFrom } from "./moves.ts";
import { Memo, Violation } from "./parts.ts";
import type { Scope } from "./scopes.ts";
import { checkVisits } from "./visitors.ts";

/** What an exploration found. */
export interface Report {
  readonly scope: string;
  readonly states: number;
  readonly transitions: number;
  /** Steps from the beginning within which every state was seen, or, if not `exhausted`, all but those at this very depth. */
  readonly depth: number;
  readonly exhausted: boolean;
  /** Ended by the caller, before its time was up. */
  readonly interrupted: boolean;
  readonly seconds: number;
  /** Healed ends in which the contract holds only because nobody can tell whether some hits were counted. */
  readonly indeterminateEnds: number;
  readonly ends: number;
  readonly violation: { readonly message: string; readonly trace: readonly string[] } | null;
}

/** More states than fit into one Map. */
const MOST_STATES = 16_000_000;
const CHECK_CLOCK_EVERY = 256;

/** Walks breadth first through every state of a scope, and checks each; the first violation has the shortest trace. */
export class Search {
  readonly #model: Model;
  readonly #scope: Scope;
  readonly #index = new Map<string, number>();
  /** For each state, the one it was reached from, and by which of its moves. */
  readonly #parents: number[] = [];
  readonly #choices: number[] = [];
  readonly #finishes = new Memo<boolean>();
  #frontier: { readonly index: number; readonly state: ClusterState }[] = [];
  #next: { readonly index: number; readonly state: ClusterState }[] = [];
  #transitions = 0;
  #depth = 0;
  #ends = 0;
  #indeterminateEnds = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#model = new Model(scope);
  }

  /** Resolves when every state was visited, time is up and `least` transitions were made, or `stop` is aborted. */
  async run(seconds: number, least = 0, stop?: AbortSignal): Promise<Report> {
    const start = performance.now();
    const until = start + seconds * 1_000;
    const isTimeUp = () => performance.now() > until && this.#transitions >= least;
    const report = (exhausted: boolean, violation: Report["violation"] = null): Report => ({
      scope: this.#scope.name,
      states: this.#index.size,
      transitions: this.#transitions,
      depth: this.#depth,
      exhausted,
      interrupted: stop?.aborted === true && !exhausted,
      seconds: (performance.now() - start) / 1_000,
      ends: this.#ends,
      indeterminateEnds: this.#indeterminateEnds,
      violation,
    });
    this.#visit(beginning(this.#model), -1, 0);
    for (;;) {
      this.#frontier = this.#next;
      this.#next = [];
      if (this.#frontier.length === 0) return report(true);
      for (const [i, { index, state }] of this.#frontier.entries()) {
        if (i % CHECK_CLOCK_EVERY === 0 && (isTimeUp() || (await isStopped(stop)))) return report(false);
        if (this.#index.size > MOST_STATES) return report(false);
        const violation = this.#expand(index, state);
        if (violation) return report(false, violation);
      }
      this.#depth++;
    }
  }

  #expand(index: number, state: ClusterState): Report["violation"] {
    let label = "everything heals";
    try {
      this.#check(state);
      for (const [choice, move] of movesFrom(this.#model, state).entries()) {
        label = move.label;
        this.#visit(move.run(), index, choice);
        this.#transitions++;
      }
      return null;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const what = error instanceof Violation ? error.message : (error.stack ?? error.message);
      return { message: what, trace: [...this.#traceTo(index), label] };
    }
  }

  #visit(state: ClusterState, parent: number, choice: number): void {
    const key = keyOf(state);
    if (this.#index.has(key)) return;
    const index = this.#index.size;
    this.#index.set(key, index);
    this.#parents.push(parent);
    this.#choices.push(choice);
    this.#next.push({ index, state });
  }

  /** What must hold in every state, and that from every state the cluster can come to a good end. Throws Violation. */
  #check(state: ClusterState): void {
    const { acknowledged, excepted, adjusted } = state.books.value;
    const held = state.nodes.reduce((hits, { value }) => hits | value.held, 0);
    const missing = acknowledged & ~excepted & ~held & ~state.store.value.ledger.value.counted;
    checkKeyed(state.books.value.keyed, state.store.value.ledger.value.counted);
    checkVisits(state.books.value.visited, state.store.value.ledger.value.counted);
    checkAdjusted(adjusted, state.store.value.ledger.value);
    if (missing) throw new Violation(`acknowledged, and neither counted nor held by anybody: ${namesOf(missing)}`);
    this.#finishes.get(keyOfFinish(state), () => {
      this.#ends++;
      if (finish(this.#model, state).indeterminate) this.#indeterminateEnds++;
      return true;
    });
  }

  #traceTo(index: number): string[] {
    const choices: number[] = [];
    for (let at = index; (this.#parents[at] ?? -1) >= 0; at = this.#parents[at] as number)
      choices.unshift(this.#choices[at] as number);
    let state = beginning(this.#model);
    return choices.map((choice) => {
      const move = movesFrom(this.#model, state)[choice];
      if (!move) throw new Error("the trace cannot be replayed");
      state = move.run();
      return move.label;
    });
  }
}

/**
 * Explores one scope after the other in `seconds` together: what one does not need, those after it have. The first half, whose scopes are
 * small enough to be exhausted, may take twice its equal share.
 */
export async function* exploreEach(
  scopes: readonly Scope[],
  seconds: number,
  least = 0,
  stop?: AbortSignal,
): AsyncIterable<Report> {
  const until = performance.now() + seconds * 1_000;
  for (const [i, scope] of scopes.entries()) {
    const share = (until - performance.now()) / 1_000 / (scopes.length - i);
    yield await new Search(scope).run(i < scopes.length / 2 - 1 ? 2 * share : share, least, stop);
    if (stop?.aborted) return;
  }
}

/** Lets signals be heard. */
async function isStopped(stop?: AbortSignal): Promise<boolean> {
  await setImmediate();
  return stop?.aborted === true;
}
