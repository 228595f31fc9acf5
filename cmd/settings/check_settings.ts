import { webAddress } from "./addresses.ts";
import type { Command, ValuesOf } from "./read/setting.ts";
import { duration, wholeNumber } from "./values.ts";

/** The settings of the chart's test. */
export type CheckSettings = ValuesOf<typeof table>;

const table = {
  url: {
    placeholder: "url",
    parse: webAddress,
    default: "http://127.0.0.1:4000",
    help: "address of a node, or of the Service of the nodes",
  },
  hits: {
    placeholder: "number",
    parse: wholeNumber(1, 1_000_000),
    default: "100",
    help: "number of hits to count",
  },
  timeout: {
    placeholder: "time",
    parse: duration("1s", "1h"),
    default: "1m",
    help: "longest time for the whole check",
  },
} as const;

export const checkCommand: Command<typeof table, CheckSettings> = {
  usage: "node cmd/check_counting.ts",
  purpose:
    "Counts hits of the counter helm-test and checks that its total grows by exactly that number. `helm test` runs it.",
  prefix: "GLOBAL_CLUSTER_CHECK_",
  table,
  checks: [],
  complete: (values) => values,
};
