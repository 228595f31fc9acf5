import type { Mutation } from "../mutation.ts";

const STORIES = "test/simulation/scenarios/days.test.ts";
const KEPT = "test/core/days/kept_days.test.ts";

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
    file: "internal/core/ledger/rounds.ts",
    find: "now: hourAt(medianClock(answers, wall, node))",
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
    find: "    if (this.#shown?.asOf === null) take(this.#shown.days, change);\n",
    replace: "",
    test: STORIES,
  },
  {
    name: "Days: a day that was dropped is said to be kept",
    file: "internal/core/days/kept_days.ts",
    find: "    this.#firstHours.delete(day);\n",
    replace: "",
    test: KEPT,
  },
  {
    name: "Days: hours are said to be kept from a later hour on than they are",
    file: "internal/core/days/kept_days.ts",
    find: "this.#firstHours.set(day, Math.min(hour, this.#firstHours.get(day) ?? hour));",
    replace: "this.#firstHours.set(day, hour);",
    test: KEPT,
  },
];
