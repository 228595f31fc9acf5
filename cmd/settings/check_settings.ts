import { webAddress } from "./addresses.ts";
import type { Command } from "./read/setting.ts";
import { duration, wholeNumber } from "./values.ts";

/** What the chart's test is told. */
export interface CheckSettings {
  /** Of any node, or of the Service before them. */
  readonly url: string;
  readonly hits: number;
  /** Milliseconds. */
  readonly timeout: number;
}

const table = {
  url: {
    placeholder: "url",
    parse: webAddress,
    default: "http://127.0.0.1:4000",
    help: "where the counter is",
  },
  hits: {
    placeholder: "number",
    parse: wholeNumber(1, 1_000_000),
    default: "100",
    help: "how many hits to count",
  },
  timeout: {
    placeholder: "time",
    parse: duration("1s", "1h"),
    default: "1m",
    help: "gives up after this long",
  },
} as const;

export const checkCommand: Command<typeof table, CheckSettings> = {
  usage: "node cmd/check_counting.ts",
  purpose: "Counts hits of the counter helm-test, and checks that exactly so many were counted. `helm test` runs it.",
  prefix: "GLOBAL_CLUSTER_CHECK_",
  table,
  checks: [],
  complete: (values) => values,
};
