import type { Mutation } from "../mutation.ts";

const PAGES = "test/simulation/scenarios/open_pages.test.ts";
const IMPORTS = "test/cmd/cli/import/read_import.test.ts";
const ROUND = "test/core/ledger/adjusting_round.test.ts";

/** What people with the right `admin` do to counters, and that each of it is done once. */
export const ADJUSTING: readonly Mutation[] = [
  {
    name: "Adjustments: a page goes back to an earlier generation",
    file: "internal/adapters/http/page/browser/shown_number.js",
    find: "const isOlder = shown.exists ? next.generation < shown.generation : version < shown.version;",
    replace: "const isOlder = !shown.exists && version < shown.version;",
    test: PAGES,
  },
  {
    name: "Adjustments: a page compares generations of two ledgers",
    file: "internal/adapters/http/page/browser/shown_number.js",
    find: "if (shown === null || shown.ledger !== ledger) return",
    replace: "if (shown === null) return",
    test: PAGES,
  },
  {
    name: "Adjustments: each time an import is sent, its parts have other keys",
    file: "internal/core/keys/part_key.ts",
    find: "export function partKey(key: KeyId, line: number): KeyId {\n",
    replace: "export function partKey(key: KeyId, line: number): KeyId {\n  line += Math.random();\n",
    test: "test/simulation/scenarios/adjusting.test.ts",
  },
  {
    name: "Adjustments: a part that was done before waits for a round",
    file: "internal/services/leader/adjustment_queue.ts",
    find: "if (entry) return { done: true, duplicate: true, entry };",
    replace: "",
    test: "test/services/leader/adjustment_queue.test.ts",
  },
  {
    name: "Adjustments: a part is answered before the ledger was judged",
    file: "internal/services/leader/adjustment_queue.ts",
    find: "if (this.#tookAt === Number.NEGATIVE_INFINITY) return null;",
    replace: "",
    test: "test/services/leader/adjustment_queue.test.ts",
  },
  {
    name: "Adjustments: a part is answered by its key alone",
    file: "internal/services/leader/adjustment_queue.ts",
    find: "return entry?.content === contentOfChange(change) ? entry : null;",
    replace: "return entry?.content === contentOfChange(change) || entry ? entry : null;",
    test: "test/services/leader/adjustment_queue.test.ts",
  },
  {
    name: "Adjustments: imports have no budget",
    file: "internal/services/leader/adjustment_queue.ts",
    find: "this.#importsFrom = this.#tookAt + (bytes * 1_000) / this.#deps.importBudget;",
    replace: "this.#importsFrom = this.#tookAt;",
    test: "test/services/leader/adjustment_queue.test.ts",
  },
  {
    name: "Adjustments: one that was said not to be done is done",
    file: "internal/services/leader/adjustment_queue.ts",
    find: "terms.offers.filter(({ number }) => this.#waiting.has(number))",
    replace: "terms.offers",
    test: "test/services/leader/adjustment_queue.test.ts",
  },
  {
    name: "Adjustments: one is answered before its node shows it",
    file: "internal/services/node/adjuster.ts",
    find: "await commitWaiters.waitForVersion(outcome.entry.generation, SHOWN_WITHIN_MS);",
    replace: "{}",
    test: "test/simulation/scenarios/adjusting.test.ts",
  },
  {
    name: "Adjustments: nobody remembers that one was sent to the store",
    file: "internal/services/leader/adjustment_queue.ts",
    find: "waiting.attempted = true",
    replace: "waiting.attempted = false",
    test: "test/services/leader/adjustment_queue.test.ts",
  },
  {
    name: "Adjustments: they come before the visitors of their round",
    file: "internal/core/ledger/plan_terms.ts",
    find: `  const marks = terms.marks ? foldMarks(draft, ledger.id, replies, MARK_BYTES) : new Map();
  const adjusted = terms.adjusting ? foldAdjustments(draft, ledger, terms.adjusting) : new Map();
`,
    replace: `  const adjusted = terms.adjusting ? foldAdjustments(draft, ledger, terms.adjusting) : new Map();
  const marks = terms.marks ? foldMarks(draft, ledger.id, replies, MARK_BYTES) : new Map();
`,
    test: "test/core/ledger/mark_round.test.ts",
  },
  {
    name: "Adjustments: what was done is not looked up",
    file: "internal/core/ledger/adjusting_round.ts",
    find: "this.#terms.known.get(key) ?? this.#done.get(key)",
    replace: "this.#done.get(key)",
    test: ROUND,
  },
  {
    name: "Adjustments: a key counts twice in one round",
    file: "internal/core/ledger/adjusting_round.ts",
    find: "this.#terms.known.get(key) ?? this.#done.get(key)",
    replace: "this.#terms.known.get(key)",
    test: ROUND,
  },
  {
    name: "Adjustments: a key whose entry was forgotten is done again",
    file: "internal/core/ledger/adjusting_round.ts",
    find: 'if (key <= (this.#draft.audit.prunedTo ?? "")) return { kind: "expired" };',
    replace: "",
    test: ROUND,
  },
  {
    name: "Adjustments: what was decided on an earlier generation is done",
    file: "internal/core/ledger/adjusting_round.ts",
    find: 'if (ifMatch !== null && ifMatch !== generation) return { kind: "generation", generation };',
    replace: "",
    test: ROUND,
  },
  {
    name: "Adjustments: two changes of a counter have one generation",
    file: "internal/core/ledger/adjusting_round.ts",
    find: "if (this.#replaced.has(counter)) return null;\n    const total",
    replace: "const total",
    test: ROUND,
  },
  {
    name: "Adjustments: they come before the hits of their round",
    file: "internal/core/ledger/rounds.ts",
    find: `    const folded = this.#foldReplies(draft, answers, portion.batches);
    const verdicts = foldByTerms(draft, this.ledger, terms, others, portion.keyedBytes);
`,
    replace: `    const verdicts = foldByTerms(draft, this.ledger, terms, others, portion.keyedBytes);
    const folded = this.#foldReplies(draft, answers, portion.batches);
`,
    test: ROUND,
  },
  {
    name: "Adjustments: their entries are not in the transaction",
    file: "internal/core/ledger/transaction.ts",
    find: "...marks.puts, ...draft.audited, ...links]",
    replace: "...marks.puts, ...links]",
    test: ROUND,
  },
  {
    name: "Adjustments: totals may be larger than 2^63 - 1",
    file: "internal/core/ledger/adjusting_round.ts",
    find: "return more <= 0n || this.#sum + more <= MAX_ADJUSTED_TOTAL;",
    replace: "return true;",
    test: ROUND,
  },
  {
    name: "Adjustments: an imported event of GoatCounter is a view",
    file: "cmd/cli/import/goatcounter.ts",
    find: "if (YES.includes(event)) return;",
    replace: "",
    test: IMPORTS,
  },
  {
    name: "Adjustments: two imported responses for one counter of Abacus are added",
    file: "cmd/cli/import/responses.ts",
    find: "asWritten.raise(name,",
    replace: "asWritten.add(name,",
    test: IMPORTS,
  },
];
