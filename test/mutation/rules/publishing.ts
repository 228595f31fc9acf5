import type { Mutation } from "../mutation.ts";

const PUBLISHER = "test/services/leader/publisher.test.ts";

const COUNTERS = "test/services/counter/counters.test.ts";

const COPIED_TOTALS = "test/services/counter/copied_totals.test.ts";

/** What a leader sends its nodes after a round. */
export const PUBLISHING: readonly Mutation[] = [
  {
    name: "Publish: a node takes all messages that are there in one turn of the event loop",
    file: "internal/adapters/grpc/node_stream.ts",
    find: "    this.#call.pause();\n",
    replace: "",
    test: "test/adapters/grpc/streams.test.ts",
  },
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
    find: "    this.#restart(position);\n    return false;",
    replace: "    if (this.#position !== null) return true;\n    this.#restart(position);\n    return false;",
    test: PUBLISHER,
  },
  {
    name: "Publish: a counter that all totals lack stays",
    file: "internal/services/counter/counters.ts",
    find: "    if (isWhole(change)) this.#forgetOthers(change.totals);\n",
    replace: "",
    test: COUNTERS,
  },
  {
    name: "Publish: hits of a deleted counter are taken for hits that were shown twice",
    file: "internal/services/counter/seen_numbers.ts",
    find: "if (above < 0 && (this.#mayFall || (adjustable && isNew))) return;",
    replace: "if (above < 0 && this.#mayFall) return;",
    test: COUNTERS,
  },
  {
    name: "Rebase: hits that wait for their place in an adopted ledger leave a page that shows them",
    file: "internal/services/counter/seen_numbers.ts",
    find: "    if (this.#mayFall) this.#pending.subtract(segments);\n    else this.setAside(segments);",
    replace: "    this.#pending.subtract(segments);",
    test: COUNTERS,
  },
  {
    name: "Publish: hits that only a lost ledger counted leave a page that shows them, though nobody can adjust this ledger",
    file: "internal/services/counter/seen_numbers.ts",
    find: "(adjustable && isNew)",
    replace: "isNew",
    test: COUNTERS,
  },
  {
    name: "Adopt: hits that stood still in the former ledger stay on the page",
    file: "internal/services/counter/seen_numbers.ts",
    find: "if (isOther) forgetUnplaced(pending);",
    replace: "if (isOther) pending.before = null;",
    test: COUNTERS,
  },
  {
    name: "Publish: a number that a person set stands still until it has grown",
    file: "internal/services/counter/seen_numbers.ts",
    find: "if (adjustable && !isNew && this.#generationOf(counter) !== before.generation) return forgetUnplaced(pending);",
    replace: "",
    test: COUNTERS,
  },
  {
    name: "Publish: what stood still stays on the page of a number that a person set",
    file: "internal/services/counter/seen_numbers.ts",
    find: "before.generation) return forgetUnplaced(pending);",
    replace: "before.generation) return;",
    test: "test/simulation/scenarios/copied_disks.test.ts",
  },
  {
    name: "Copies: a change takes the place of parts that wait",
    file: "internal/services/counter/leader_session.ts",
    find: "return !change.copy && counters.complete && isUnbroken",
    replace: "return isUnbroken",
    test: COPIED_TOTALS,
  },
  {
    name: "Copies: parts of two leaders make one copy",
    file: "internal/services/counter/leader_session.ts",
    find: "else if (this.#copy?.stream !== (copy && stream) ||",
    replace: "else if ((this.#copy === null) !== (copy === undefined) ||",
    test: COPIED_TOTALS,
  },
  {
    name: "Copies: a copy that broke off is not asked for again",
    file: "internal/services/counter/leader_session.ts",
    find: " || this.#brokeOff) return false;",
    replace: ") return false;",
    test: COPIED_TOTALS,
  },
  {
    name: "Copies: a counter that a node has not heard of has no hits",
    file: "internal/services/counter/counters.ts",
    find: "return this.complete ? 0n : null;",
    replace: "return this.ledger ? 0n : null;",
    test: COPIED_TOTALS,
  },
  {
    name: "Copies: a node says that it has all totals before it has",
    file: "internal/services/counter/leader_session.ts",
    find: "totals: counters.complete ? counters.ledger : null,",
    replace: "totals: counters.ledger,",
    test: COPIED_TOTALS,
  },
  {
    name: "Copies: a copy goes on after the pages were divided anew",
    file: "internal/services/leader/publisher.ts",
    find: "    if (copy && copy.seed !== ledger.totals.seed) return false;\n",
    replace: "",
    test: PUBLISHER,
  },
  {
    name: "Publish: the next leader does not know what was changed before",
    file: "internal/services/leader/kept_changes.ts",
    find: "if (!heard) return;",
    replace: "if (heard || !heard) return;",
    test: "test/simulation/scenarios/copies.test.ts",
  },
  {
    name: "Publish: a node of 0.1.0 is collected, and cannot be sent what is committed",
    file: "internal/services/leader/ledger_knowledge.ts",
    find: "follower.tooOld = tooOld;",
    replace: "void tooOld;",
    test: "test/services/leader/old_nodes.test.ts",
  },
  {
    name: "Copies: a part that comes twice counts twice",
    file: "internal/services/counter/leader_session.ts",
    find: "    if (copy.next !== null && copy.next !== first) return false;\n",
    replace: "",
    test: COPIED_TOTALS,
  },
  {
    name: "Copies: a node that owes a reply is sent more",
    file: "internal/services/leader/publisher.ts",
    find: "copy !== null && replied",
    replace: "copy !== null && (replied || true)",
    test: PUBLISHER,
  },
];
