import type { ValuesOf } from "../settings/read/setting.ts";
import { wholeNumber, yes } from "../settings/values.ts";
import { type CommandFlags, flagsOf } from "./command_flags.ts";
import { completeServer, idempotencyKey, serverChecks, serverTable } from "./server_flags.ts";

export const COMMANDS = ["get", "hit", "watch", "top"] as const;
export type CommandName = (typeof COMMANDS)[number];

/** The options of all commands. */
export type Options = ReturnType<typeof complete>;

const hitTable = {
  ...serverTable,
  by: {
    placeholder: "number",
    parse: wholeNumber(1, 1_000_000),
    default: "1",
    help: "number of hits to count",
    only: "flag",
  },
  wait: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "waits for the commit also in a cluster with nodes of 0.1.0, which takes no keys; after 10 s it ends with exit code 3: the hits are counted, but not committed yet",
    only: "flag",
  },
  key: {
    placeholder: "uuid",
    parse: idempotencyKey,
    default: null,
    whenAbsent: "a new one",
    help: "UUID of version 7: with it you can send the same hits again if no response came; they count once",
    only: "flag",
  },
} as const;

export const COMMAND_FLAGS: Readonly<Record<CommandName, CommandFlags<Options>>> = {
  get: plain("get NAME", "Shows a counter's total. Counts nothing."),
  hit: flagsOf({
    usage: "global-cluster hit NAME",
    purpose: "Counts hits, and shows the total that includes them.",
    table: hitTable,
    checks: serverChecks,
    complete,
  }),
  watch: plain("watch NAME", "Shows a counter live until Ctrl-C. In a pipe, it writes a line when the total changes."),
  top: plain(
    "top [NAME]",
    "Shows all nodes, and the largest counters or only NAME, live until Ctrl-C. In a pipe, it writes them once.",
  ),
};

function plain(words: string, purpose: string): CommandFlags<Options> {
  return flagsOf({
    usage: `global-cluster ${words}`,
    purpose,
    table: serverTable,
    checks: serverChecks,
    complete: (values) => complete({ ...values, by: 1, wait: null, key: null }),
  });
}

function complete({ wait, ...values }: ValuesOf<typeof hitTable>) {
  return { ...completeServer(values), wait: wait ?? false };
}
