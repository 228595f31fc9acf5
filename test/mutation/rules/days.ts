import type { Mutation } from "../mutation.ts";

const STORIES = "test/simulation/scenarios/days.test.ts";
const KEPT = "test/core/days/kept_days.test.ts";
const BUSIEST = "internal/services/counter/busiest_counters.ts";
const BUSIEST_TEST = "test/services/counter/busiest_counters.test.ts";
const ENTRIES = "test/core/ledger/day_entries.test.ts";

/** Hits by hour: which hour a hit has, and what is kept. */
export const DAYS: readonly Mutation[] = [
  {
    name: "Days: an hour may be ahead of the commit",
    file: "internal/core/days/days_draft.ts",
    find: "hour !== undefined && hour <= now && dayOf(hour)",
    replace: "hour !== undefined && dayOf(hour)",
    test: KEPT,
  },
  {
    name: "Days: a closed day changes",
    file: "internal/core/days/days_draft.ts",
    find: " && dayOf(hour) + OPEN_DAYS >= dayOf(now)",
    replace: "",
    test: KEPT,
  },
  {
    name: "Days: an hour that was dropped has hits again",
    file: "internal/core/days/days_draft.ts",
    find: "return isOpen && hour >= this.from ? hour : now;",
    replace: "return isOpen ? hour : now;",
    test: KEPT,
  },
  {
    name: "Days: hits of two hours are in one segment",
    file: "internal/core/log/source_log.ts",
    find: "    if (this.openHour !== hour) return true;\n",
    replace: "",
    test: STORIES,
  },
  {
    name: "Days: the leader's clock alone says which hour it is",
    file: "internal/core/ledger/plan_terms.ts",
    find: "now: hourAt(medianClock(replies, wall, node))",
    replace: "now: hourAt(wall)",
    test: STORIES,
  },
  {
    name: "Days: a hit belongs to the hour of its commit",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "#count(counter, batch.region, by, batch.hour)",
    replace: "#count(counter, batch.region, by, undefined)",
    test: STORIES,
  },
  {
    name: "Days: a node takes no changes after it has read its days",
    file: "internal/services/counter/node_days.ts",
    find: "      take(this.#shown.days, change);\n",
    replace: "",
    test: STORIES,
  },
  {
    name: "Days: a counter that was deleted has its earlier days again",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "    if (total === null) this.days.delete(counter, this.version);\n",
    replace: "",
    test: STORIES,
  },
  {
    name: "Days: hits after a deletion are added to those of before, in the same hour",
    file: "internal/core/days/days_draft.ts",
    find: "return this.#deleted.has(counter) ? 0 : this.#days.hits(counter, hour);",
    replace: "return this.#days.hits(counter, hour);",
    test: KEPT,
  },
  {
    name: "Days: a deletion is only in the last day of its counter",
    file: "internal/core/days/kept_days.ts",
    find: "      if (cut !== this.#versionOfCut(counter)) continue;\n",
    replace: "",
    test: KEPT,
  },
  {
    name: "Days: a round does not say which hours come after a deletion",
    file: "internal/core/ledger/round_encoding.ts",
    find: "  if (cuts && cuts.size > 0) writeCuts(records, cuts, counters.keys());\n",
    replace: "  cuts = undefined;\n",
    test: STORIES,
  },
  {
    name: "Days: nodes are not told of a deletion",
    file: "internal/services/leader/publisher.ts",
    find: "cuts: changed && since !== null ? cutsOf(changed, ledger.days) : undefined,",
    replace: "cuts: undefined,",
    test: STORIES,
  },
  {
    name: "Days: a deletion that only dropped days know of stays in memory",
    file: "internal/core/days/kept_days.ts",
    find: "    for (const [counter, { day }] of this.#cuts) if (day < dayOf(hour)) this.#cuts.delete(counter);\n",
    replace: "",
    test: KEPT,
  },
  {
    name: "Days: a node takes hits before it drops the days that the same change drops",
    file: "internal/services/counter/node_days.ts",
    find: "  days.dropBefore(change.hoursFrom ?? 0);\n  days.learn(change);\n",
    replace: "  days.learn(change);\n  days.dropBefore(change.hoursFrom ?? 0);\n",
    test: "test/services/counter/node_days.test.ts",
  },
  {
    name: "Days: the round that deletes does not write the day that knows of it",
    file: "internal/core/ledger/day_entries.ts",
    find: "[...[...hours.keys()].map(dayOf), ...deleted.map(({ day }) => day)]",
    replace: "[...hours.keys()].map(dayOf)",
    test: ENTRIES,
  },
  {
    name: "Days: an entry of a later version than the ledger is read",
    file: "internal/core/ledger/ledger_reading.ts",
    find: "this.#checkVersion(entry, addDayEntry(this.#ledger.days, entry, bytes));",
    replace: "addDayEntry(this.#ledger.days, entry, bytes);",
    test: ENTRIES,
  },
  {
    name: "Days: hours whose hits were all deleted are said to be kept",
    file: "internal/core/days/kept_days.ts",
    find: "    if (known !== null) this.#firstHours.delete(cut.day);\n",
    replace: "",
    test: KEPT,
  },
  {
    name: "Days: hours are said to be kept from a later hour on than they are",
    file: "internal/core/days/kept_days.ts",
    find: "if (first !== undefined && hour < first) this.",
    replace: "if (first === Infinity) this.",
    test: KEPT,
  },
  {
    name: "Days: the busiest counters do not follow what changes",
    file: BUSIEST,
    find: "if (dayOf(hour) === list.day) for",
    replace: "if (dayOf(hour) !== list.day) for",
    test: BUSIEST_TEST,
  },
  {
    name: "Days: a deleted counter leaves a gap among the busiest",
    file: BUSIEST,
    find: "isOver || [...cuts.keys()].some((counter) => list.counters.has(counter))",
    replace: "isOver",
    test: BUSIEST_TEST,
  },
  {
    name: "Days: the busiest counters of an unfinished look are told",
    file: BUSIEST,
    find: "if (this.#list === list) return",
    replace: "return",
    test: BUSIEST_TEST,
  },
  {
    name: "Days: the busiest counters are looked at in one turn",
    file: BUSIEST,
    find: "if (this.#clock.monotonic() - began < SLICE_MS) continue;",
    replace: "if (began >= 0) continue;",
    test: BUSIEST_TEST,
  },
  {
    name: "Days: deleted hits make a counter busy",
    file: "internal/core/days/kept_days.ts",
    find: "if (cut !== this.#versionOfCut(counter)) return sum;",
    replace: "",
    test: BUSIEST_TEST,
  },
];
