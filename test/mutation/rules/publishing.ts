import type { Mutation } from "../mutation.ts";

const PUBLISHER = "test/services/leader/publisher.test.ts";

/** What a leader sends its nodes after a round. */
export const PUBLISHING: readonly Mutation[] = [
  {
    name: "Publish: a stream goes on from totals that another term wrote",
    file: "internal/services/leader/publisher.ts",
    find: "writerOf(ledger, totals.version) === totals.writer",
    replace: "totals.version <= ledger.version",
    test: PUBLISHER,
  },
  {
    name: "Publish: what a transaction without an answer changed is forgotten",
    file: "internal/services/leader/kept_changes.ts",
    find: "      this.committed(position);\n      return true;",
    replace: "      this.#attempted.clear();\n      this.committed(position);\n      return true;",
    test: PUBLISHER,
  },
  {
    name: "Publish: a transaction without an answer counts as not applied once the ledger was read",
    file: "internal/services/leader/kept_changes.ts",
    find: "position.writer === writer) return true;",
    replace: "position.writer === writer) {\n      this.#attempted.clear();\n      return true;\n    }",
    test: PUBLISHER,
  },
  {
    name: "Publish: streams go on in a ledger that was replaced",
    file: "internal/services/leader/kept_changes.ts",
    find: "    this.#position = position;\n    this.#rounds = [];",
    replace: "    if (this.#position !== null) return true;\n    this.#position = position;\n    this.#rounds = [];",
    test: PUBLISHER,
  },
];
