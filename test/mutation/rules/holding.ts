import type { Mutation } from "../mutation.ts";

const HELD_LOGS = "test/services/counter/held_logs.test.ts";
const SESSION = "test/services/counter/leader_session.test.ts";
const ADOPTION = "test/services/adoption/adoption.test.ts";

/** What a node does with the logs that it holds, what it takes from its leader, and what an adoption writes: each seen alone. */
export const HOLDING: readonly Mutation[] = [
  {
    name: "Recover: a log whose first segment does not begin at a cut is offered",
    file: "internal/core/log/source_log.ts",
    find: "log.indeterminate = (log.segments[0]?.from ?? log.shown) !== log.shown;",
    replace: "",
    test: "test/core/log/source_log.test.ts",
  },
  {
    name: "Rebase: a watermark under an earlier id counts after the rebase, too",
    file: "internal/services/counter/log_judge.ts",
    find: 'const watermark = verdict.kind === "rebase" ? highest : shown.watermark;',
    replace: "const watermark = highest;",
    test: "test/services/counter/held_logs.test.ts",
  },
  {
    name: "Rebase: a closed log without hits begins a source in the adopted ledger",
    file: "internal/services/counter/log_judge.ts",
    find: "    if (log.closed && log.pending === 0) return this.#drop(held);\n    held.placed",
    replace: "    held.placed",
    test: HELD_LOGS,
  },
  {
    name: "End: a log that is all committed is let go before its source has ended",
    file: "internal/services/counter/log_judge.ts",
    find: "    if (shown.ended || shown.watermark === null) this.#logs.carried",
    replace: "    this.#logs.carried",
    test: HELD_LOGS,
  },
  {
    name: "Set aside: the log that goes on apart does not say which ledger its node knew",
    file: "internal/services/counter/log_judge.ts",
    find: "    if (next.pending > 0) next.born = this.#knownLedger();\n",
    replace: "",
    test: HELD_LOGS,
  },
  {
    name: "Set aside: hits that nobody can place are handed over",
    file: "internal/services/counter/held_logs.ts",
    find: "log.pending === 0 || log.indeterminate || given",
    replace: "log.pending === 0 || given",
    test: HELD_LOGS,
  },
  {
    name: "Set aside: a log that was set aside is judged again",
    file: "internal/services/counter/log_judge.ts",
    find: "      if (!held.log.indeterminate) this.#judge(",
    replace: '      if (held.log.id !== "") this.#judge(',
    test: HELD_LOGS,
  },
  {
    name: "Set aside: the journal of hits that nobody can place is deleted",
    file: "internal/services/counter/log_judge.ts",
    find: "    log.indeterminate = true;\n    this.#hide(held);",
    replace: "    log.indeterminate = true;\n    removeJournal(held);\n    this.#hide(held);",
    test: HELD_LOGS,
  },
  {
    name: "First offer: it names whichever ledger this node knows in the later version",
    file: "internal/services/counter/held_logs.ts",
    find: "return known?.id === receiver.id && known.version > receiver.version ? known : receiver;",
    replace: "return known && known.version > receiver.version ? known : receiver;",
    test: HELD_LOGS,
  },
  {
    name: "Publish: a node takes the totals of a ledger that its own did not lead to",
    file: "internal/services/counter/leader_session.ts",
    find: "    if (known && known.id !== ledger.id && !adoptions.some((adoption) => adoption.ledger === known.id)) return false;\n",
    replace: "",
    test: SESSION,
  },
  {
    name: "Publish: a node takes a change that begins after what it has",
    file: "internal/services/counter/leader_session.ts",
    find: "    if (!isUnbroken(counters.ledger, this.#waiting)) return this.#requestFull();\n",
    replace: "",
    test: SESSION,
  },
  {
    name: "Adopt: the adopted version has no term of its own",
    file: "internal/services/adoption/adoption.ts",
    find: "const terms = withTerm(base.terms, newId, version);",
    replace: "const { terms } = base;",
    test: ADOPTION,
  },
  {
    name: "Adopt: the adopted ledger has the version that was found",
    file: "internal/services/adoption/adoption.ts",
    find: "const version = base.version + 1;",
    replace: "const version = Math.max(1, base.version);",
    test: ADOPTION,
  },
  {
    name: "Adopt: an adoption is added twice",
    file: "internal/services/adoption/adoption.ts",
    find: "    .filter((ledger) => !base.adoptions.some((earlier) => earlier.ledger === ledger))\n",
    replace: "",
    test: ADOPTION,
  },
  {
    name: "Adopt: an empty store forgets which ledgers came before",
    file: "internal/services/adoption/adoption.ts",
    find: "{ ...emptyLedger(newId), adoptions: lineage }",
    replace: "{ ...emptyLedger(newId), adoptions: lineage.slice(0, 0) }",
    test: ADOPTION,
  },
  {
    name: "Elect: a leader that was superseded reads on",
    file: "internal/services/leader/ledger_access.ts",
    find: '    if (found.leader?.nonce !== this.#holder.nonce) return { kind: "superseded" };\n',
    replace: "",
    test: "test/services/leader/ledger_access.test.ts",
  },
];
