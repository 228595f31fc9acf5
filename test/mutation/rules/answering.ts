import type { Mutation } from "../mutation.ts";

const PIPELINING = "test/adapters/http/pipelining.test.ts";
const PERIODS = "test/adapters/http/ways/periods.test.ts";

/** What clients are told of their hits. Simulations have no connections. */
export const ANSWERING: readonly Mutation[] = [
  {
    name: "Accumulate: a hit behind a response that closes its connection is counted, and never acknowledged",
    file: "internal/adapters/http/connections/pipelining.ts",
    find: "if (lane.closing) return stopParsing(lane.socket);",
    replace: "",
    test: PIPELINING,
  },
  {
    name: "Accumulate: a hit that waits for a response that closes its connection is counted, and never acknowledged",
    file: "internal/adapters/http/connections/pipelining.ts",
    find: "if (lane.closing) lane.waiting.length = 0;",
    replace: "",
    test: PIPELINING,
  },
  {
    name: "Accumulate: a hit that comes after the last response of its connection is counted",
    file: "internal/adapters/http/connections/pipelining.ts",
    find: "if (req.socket.writableEnded) return;",
    replace: "",
    test: PIPELINING,
  },
  {
    name: "Accumulate: a hit that may not wait for its commit is counted and refused",
    file: "internal/adapters/http/commit_waits.ts",
    find: "if (this.#count >= this.#max) throw",
    replace: "if (this.#count >= this.#max) void work();\n    if (this.#count >= this.#max) throw",
    test: "test/adapters/http/hits.test.ts",
  },
  {
    name: "Days: a number of the last days is shown of which only a part is kept",
    file: "internal/adapters/http/history/period_hits.ts",
    find: "return isWhole ? sumOf(found.hits) : null;",
    replace: "return isWhole || found.since !== null ? sumOf(found.hits) : null;",
    test: PERIODS,
  },
  {
    name: "Days: a node that has heard nothing since the day began shows no hits of it",
    file: "internal/adapters/http/history/period_hits.ts",
    find: "|| dayOf(hourAt(found.asOf + LATE_MS)) < endDay - 1) return null;",
    replace: ") return null;",
    test: PERIODS,
  },
];
