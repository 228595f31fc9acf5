import type { Mutation } from "../mutation.ts";

const STORIES = "test/simulation/scenarios/keyed_hits.test.ts";
const FORGETTING = "test/simulation/scenarios/forgotten_keys.test.ts";
const ROUND = "test/core/ledger/keyed_round.test.ts";

/** Hits with idempotency keys: which count, what is said about them, and when a key is forgotten. */
export const KEYED: readonly Mutation[] = [
  {
    name: "Keyed hits: a key that counted may be from the future",
    file: "internal/core/keys/key_draft.ts",
    find: "    const known = this.#contentOf(key, time);",
    replace: '    if (time > this.#terms.latest) return "refused";\n    const known = this.#contentOf(key, time);',
    test: FORGETTING,
  },
  {
    name: "Keyed hits: a key expires by the clock, without a transaction",
    file: "internal/core/keys/key_draft.ts",
    find: "      this.needsForgetting = true;\n",
    replace: "",
    test: FORGETTING,
  },
  {
    name: "Keyed hits: a verdict leaves before its transaction is committed",
    file: "internal/services/leader/round_commits.ts",
    find: "      const plan = makePlan();\n",
    replace: "      const plan = makePlan();\n      this.#deps.publisher.verdicts = rounds.verdicts;\n",
    test: FORGETTING,
  },
  {
    name: "Keyed hits: a verdict is for every request with the key",
    file: "internal/services/counter/keyed_hits.ts",
    find: "      if (waiting) this.#end(waiting, this.#outcomeOf(waiting, verdict));",
    replace:
      "      if (waiting) for (const one of this.#waiting.values()) if (one.key === waiting.key) this.#end(one, this.#outcomeOf(one, verdict));",
    test: STORIES,
  },
  {
    name: "Keyed hits: a verdict is taken in any ledger",
    file: "internal/services/counter/leader_session.ts",
    find: "verdicts && ledger && counters.ledger?.id === ledger.ledger.id",
    replace: "verdicts && ledger && counters.ledger",
    test: "test/services/counter/leader_session.test.ts",
  },
  {
    name: "Keyed hits: a verdict is taken only with a newer version",
    file: "internal/services/counter/leader_session.ts",
    find: "    this.#judge(publication);\n",
    replace: "    if (change && counters.ledger?.version !== change.ledger.version) this.#judge(publication);\n",
    test: STORIES,
  },
  {
    name: "Keyed hits: keys leave the set, and nothing says up to when",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "    this.keysForgottenTo = time;\n",
    replace: "",
    test: FORGETTING,
  },
  {
    name: "Keyed hits: a full ledger forgets keys sooner",
    file: "internal/core/ledger/keyed_round.ts",
    find: "return { forgetTo, latest: wall + MAX_AHEAD_MS, budget };",
    replace: "return { forgetTo: ledger.keys.size >= budget ? wall : forgetTo, latest: wall + MAX_AHEAD_MS, budget };",
    test: FORGETTING,
  },
  {
    name: "Keyed hits: the clock that is most ahead decides",
    file: "internal/core/keys/forgetting.ts",
    find: "sorted[Math.ceil(sorted.length / 2) - 1]",
    replace: "sorted[sorted.length - 1]",
    test: FORGETTING,
  },
  {
    name: "Keyed hits: one transaction forgets hours",
    file: "internal/core/keys/forgetting.ts",
    find: "const MAX_STEP_MS = 20_000;",
    replace: "const MAX_STEP_MS = 200_000_000;",
    test: FORGETTING,
  },
  {
    name: "Keyed hits: the first of two requests that ends takes the counter's place with it",
    file: "internal/services/counter/keyed_hits.ts",
    find: "    if (wanted > 0) return void this.#wanted.set(counter, wanted);\n",
    replace: "",
    test: "test/services/counter/keyed_hits.test.ts",
  },
  {
    name: "Keyed hits: an expired key was certainly not counted",
    file: "internal/services/counter/keyed_hits.ts",
    find: 'counted: offered > 1 ? "unknown" : false',
    replace: "counted: offered > 99 ? false : false",
    test: FORGETTING,
  },
  {
    name: "Keyed hits: a request that was offered was certainly not counted",
    file: "internal/services/counter/keyed_hits.ts",
    find: 'counted: offered > 0 ? "unknown" : false',
    replace: "counted: offered > 99 ? false : false",
    test: STORIES,
  },
  {
    name: "Keyed hits: one key may count twice in one transaction",
    file: "internal/core/keys/key_draft.ts",
    find: "this.added.get(key) ?? (time",
    replace: "(time",
    test: STORIES,
  },
  {
    name: "Keyed hits: batches leave no room for them",
    file: "internal/core/ledger/plan_terms.ts",
    find: "const MIN_KEYED_BYTES = MAX_TRANSACTION_BYTES / 8;",
    replace: "const MIN_KEYED_BYTES = 0;",
    test: ROUND,
  },
  {
    name: "Keyed hits: an entry of keys may be missing",
    file: "internal/core/ledger/ledger_reading.ts",
    find: "if (keys.entries.length !== keyEntries)",
    replace: "if (keys.entries.length > keyEntries)",
    test: ROUND,
  },
  {
    name: "Keyed hits: a key is kept in memory alone",
    file: "internal/core/ledger/transaction.ts",
    find: "...keys, ...marks.puts, ...draft.audited",
    replace: "...marks.puts, ...draft.audited",
    test: ROUND,
  },
  {
    name: "Keyed hits: a ledger that older programs read counts them",
    file: "internal/services/leader/format_terms.ts",
    find: "if (ledger.layout) return { forgottenTo: ledger.keysForgottenTo, waitsFor: [] };",
    replace: "if (ledger) return { forgottenTo: ledger.keysForgottenTo, waitsFor: [] };",
    test: STORIES,
  },
  {
    name: "Keyed hits: a drain does not wait for answers",
    file: "internal/services/node/drain.ts",
    find: " || this.#deps.keyedHits.waiting > 0) return false;",
    replace: ") return false;",
    test: STORIES,
  },
  {
    name: "Keyed hits: an order of events that only the explorer has: the key is not in the set",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "    this.keys.add(key, content);\n",
    replace: "",
    scope: "keyed-unknown",
  },
];
