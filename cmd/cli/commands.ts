import { webAddress } from "../settings/addresses.ts";
import { helpText } from "../settings/read/help.ts";
import { type ParseResult, parseSettings } from "../settings/read/parse.ts";
import type { Command, Parse, Table, ValuesOf } from "../settings/read/setting.ts";
import { wholeNumber, yes } from "../settings/values.ts";

export const COMMANDS = ["get", "hit", "watch", "top"] as const;
export type CommandName = (typeof COMMANDS)[number];

/** The options of all commands. */
export type Options = ReturnType<typeof complete>;

/** People leave out the scheme, but `localhost:4000` would parse as the scheme `localhost:`. */
const serverAddress: Parse<string> = (text) => webAddress(text.includes("://") ? text : `http://${text}`);

const shared = {
  server: {
    placeholder: "url",
    parse: serverAddress,
    default: "http://127.0.0.1:4000",
    help: "address of a node or of the cluster",
    only: "flag",
  },
  json: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "writes one JSON value per line, for scripts",
    only: "flag",
  },
} as const;

const hitTable = {
  ...shared,
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
    help: "waits until the hits are committed; exit code 3 after 10 s: they are counted, but not committed yet",
    only: "flag",
  },
} as const;

/** Flags of all commands that take a value. */
export const VALUED = ["server", "by"];

export interface CommandFlags {
  readonly usage: string;
  readonly purpose: string;
  readonly table: Table;
  readonly help: string;
  parse(argv: readonly string[]): ParseResult<Options>;
}

export const COMMAND_FLAGS: Readonly<Record<CommandName, CommandFlags>> = {
  get: plain("get NAME", "Shows a counter's total. Counts nothing."),
  hit: flagsOf({
    usage: "global-cluster hit NAME",
    purpose: "Counts hits, and shows the total that includes them.",
    table: hitTable,
    checks: [],
    complete,
  }),
  watch: plain("watch NAME", "Shows a counter live until Ctrl-C. In a pipe, it writes a line when the total changes."),
  top: plain(
    "top [NAME]",
    "Shows all nodes, and the largest counters or only NAME, live until Ctrl-C. In a pipe, it writes them once.",
  ),
};

function plain(words: string, purpose: string): CommandFlags {
  return flagsOf({
    usage: `global-cluster ${words}`,
    purpose,
    table: shared,
    checks: [],
    complete: (values) => complete({ ...values, by: 1, wait: null }),
  });
}

function flagsOf<T extends Table>(command: Command<T, Options>): CommandFlags {
  const { usage, purpose, table } = command;
  return { usage, purpose, table, help: helpText(command), parse: (argv) => parseSettings(command, argv, {}) };
}

/** `server`: without a slash at the end. */
function complete({ json, wait, ...values }: ValuesOf<typeof hitTable>) {
  return { ...values, json: json ?? false, wait: wait ?? false };
}
