import type { Mutation } from "../mutation.ts";

/** What a broken invariant stops. */
export const HALTING: readonly Mutation[] = [
  {
    name: "Halt: the log's hits add up to its end",
    file: "internal/core/log/source_log.ts",
    find: "    this.end += by;",
    replace: "    this.end += by > 1 ? by + 1 : by;",
    test: "test/core/log/source_log.test.ts",
  },
  {
    name: "Halt: a snapshot covers only what is pending",
    file: "internal/services/counter/log_judge.ts",
    find: "if (held.visible) this.#counters.removePending(covered);",
    replace: "this.#counters.removePending(covered);",
    test: "test/simulation/scenarios/handover.test.ts",
  },
  {
    name: "Halt: a version grows by one",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "this.version = ledger.version + 1;",
    replace: "this.version = ledger.version + 2;",
    test: "test/simulation/scenarios/crashes.test.ts",
  },
  {
    name: "Halt: a source is live or ended, never both",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "    this.sources.delete(source);\n    this.ended.delete(source);",
    replace: "    this.ended.delete(source);",
    test: "test/simulation/scenarios/ledger.test.ts",
  },
  {
    name: "Halt: a carried log is closed and known by its id",
    file: "internal/services/counter/log_judge.ts",
    find: "const carried = this.#logs.carried.delete(log.id);",
    replace: "const carried = false;",
    test: "test/simulation/scenarios/handover.test.ts",
  },
  {
    name: "Halt: no stream was sent a later version",
    file: "internal/services/leader/publisher.ts",
    find: "follower.sentVersion = rounds?.ledger.version ?? null;",
    replace: "follower.sentVersion = rounds ? rounds.ledger.version + 1 : null;",
    test: "test/services/leader/publisher.test.ts",
  },
];
