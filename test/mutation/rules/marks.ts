import type { Mutation } from "../mutation.ts";

const STORIES = "test/simulation/scenarios/visitors.test.ts";
const ROUND = "test/core/ledger/mark_round.test.ts";

/** Visitors: which marks count, with which secrets, and when they are forgotten. */
export const MARKS: readonly Mutation[] = [
  {
    name: "Visitors: one mark may count twice in one transaction",
    file: "internal/core/marks/mark_draft.ts",
    find: " || this.added.get(period)?.has(mark)",
    replace: "",
    test: STORIES,
  },
  {
    name: "Visitors: a mark of the ledger counts again",
    file: "internal/core/marks/mark_draft.ts",
    find: "this.#kept.has(period, mark) || ",
    replace: "",
    test: STORIES,
  },
  {
    name: "Visitors: a secret is published before it is committed",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "    this.marks.newSecrets.set(day, secret);\n",
    replace: "    this.marks.newSecrets.set(day, secret);\n    this.#ledger.marks.secrets.set(day, secret);\n",
    test: STORIES,
  },
  {
    name: "Visitors: a node goes on with yesterday's secret",
    file: "internal/services/counter/marks.ts",
    find: "    const secret = this.#secrets.get(dayOf(period));\n",
    replace: "    const secret = this.#secrets.get(dayOf(period)) ?? [...this.#secrets.values()].at(-1);\n",
    test: STORIES,
  },
  {
    name: "Visitors: the key of the first secret makes all marks",
    file: "internal/core/marks/mark.ts",
    find: "if (last?.secret !== secret)",
    replace: "if (last === null)",
    test: "test/core/marks/mark.test.ts",
  },
  {
    name: "Visitors: what a node knows of marks outlives the ledger",
    file: "internal/services/counter/marks.ts",
    find: "    if (ledger !== this.#ledger) this.#forgetAll();\n",
    replace: "",
    test: STORIES,
  },
  {
    name: "Visitors: a period is forgotten by its beginning",
    file: "internal/core/marks/mark_draft.ts",
    find: "endOf(period) <= Math.max(",
    replace: "endOf(period) - 86_400_000 <= Math.max(",
    test: STORIES,
  },
  {
    name: "Visitors: a day that has marks gets a second secret",
    file: "internal/core/ledger/mark_round.ts",
    find: " && !marks.hasMarksOf(day)",
    replace: "",
    test: ROUND,
  },
  {
    name: "Visitors: marks that were made in another ledger count",
    file: "internal/core/ledger/mark_round.ts",
    find: "if (!offers || offers.ledger !== ledgerId) continue;",
    replace: "if (!offers) continue;",
    test: ROUND,
  },
  {
    name: "Visitors: marks may be missing in the store",
    file: "internal/core/ledger/ledger_reading.ts",
    find: "if (marks.size !== marksKept)",
    replace: "if (marks.size > marksKept)",
    test: ROUND,
  },
  {
    name: "Visitors: an entry that replaces others lacks their marks",
    file: "internal/core/ledger/mark_entries.ts",
    find: "merged ? [...marks.from(period, merged.from), ...added] : [...added]",
    replace: "[...added]",
    test: ROUND,
  },
  {
    name: "Visitors: a visitor whose day is over counts for the hour of the commit",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "this.#count(mark.counter, region, 1, hourAt(endOf(mark.period) - 1));",
    replace: "this.#count(mark.counter, region, 1, undefined);",
    test: ROUND,
  },
  {
    name: "Visitors: a node that has not heard of all counters drops visitors",
    file: "internal/services/counter/marks.ts",
    find: "      if (!counters.complete) return false;\n",
    replace: "",
    test: STORIES,
  },
  {
    name: "Visitors: a full ledger takes more",
    file: "internal/core/marks/mark_draft.ts",
    find: 'this.#size >= terms.budget ? "refused" : "new"',
    replace: '"new"',
    test: STORIES,
  },
  {
    name: "Visitors: there is no room for a day's first hour beside the day before",
    file: "internal/core/marks/mark_draft.ts",
    find: "MAX_MARKS = 2_500_000",
    replace: "MAX_MARKS = 2_000_000",
    test: "test/core/ledger/million_visitors.test.ts",
  },
  {
    name: "Visitors: a ledger that older programs read counts them",
    file: "internal/services/leader/format_terms.ts",
    find: "return layout ? { ...settings.marks, wall: clock.wall(), node: self.id, newSecret } : null;",
    replace: "return { ...settings.marks, wall: clock.wall(), node: self.id, newSecret };",
    test: "test/services/leader/format_terms.test.ts",
  },
  {
    name: "Visitors: a drain does not wait for decisions",
    file: "internal/services/node/drain.ts",
    find: "    if (early + waiting > 0 && !this.#nobodyCommits()) return false;\n",
    replace: "",
    test: STORIES,
  },
  {
    name: "Visitors: a drain does not wait for those that wait for a secret",
    file: "internal/services/node/drain.ts",
    find: "if (early + waiting > 0 &&",
    replace: "if (waiting > 0 &&",
    test: STORIES,
  },
];
