import { webAddress } from "../settings/addresses.ts";
import { helpText } from "../settings/read/help.ts";
import { type ParseResult, parseSettings } from "../settings/read/parse.ts";
import type { Command, Parse, Table } from "../settings/read/setting.ts";
import { wholeNumber, yes } from "../settings/values.ts";

/** What a person may ask for. */
export const COMMANDS = ["get", "hit", "watch", "top"] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Options {
  /** Address of a node, or of what stands before them, without a slash at the end. */
  readonly server: string;
  /** For scripts: one JSON value a line, and nothing else. */
  readonly json: boolean;
  /** Hits to count. */
  readonly by: number;
  /** Whether the answer is to wait for the transaction. */
  readonly wait: boolean;
}

/** A person leaves out the scheme: `localhost:4000`, which would parse as a scheme of its own. */
const serverAddress: Parse<string> = (text) => webAddress(text.includes("://") ? text : `http://${text}`);

const shared = {
  server: {
    placeholder: "url",
    parse: serverAddress,
    default: "http://127.0.0.1:4000",
    help: "address of a node, or of the cluster",
    only: "flag",
  },
  json: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "writes one JSON value a line, for scripts",
    only: "flag",
  },
} as const;

const ofHit = {
  ...shared,
  by: { placeholder: "number", parse: wholeNumber(1, 1_000_000), default: "1", help: "hits to count", only: "flag" },
  wait: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "answers when the hits are committed; after 10 s it ends with 3: they are counted, but not committed yet",
    only: "flag",
  },
} as const;

/** Flags that take a value, of all commands. */
export const VALUED = ["server", "by"];

/** A command's flags, read and explained. */
export interface CommandFlags {
  readonly help: string;
  read(argv: readonly string[]): ParseResult<Options>;
}

export const COMMAND_FLAGS: Readonly<Record<CommandName, CommandFlags>> = {
  get: plain("get NAME", "Tells a counter's total. Counts nothing."),
  hit: flagsOf({
    usage: "global-cluster hit NAME",
    purpose: "Counts hits, and tells the total with them in it.",
    table: ofHit,
    checks: [],
    complete: ({ server, json, by, wait }) => ({ server, json: json ?? false, by, wait: wait ?? false }),
  }),
  watch: plain(
    "watch NAME",
    "Shows a counter live until Ctrl-C. Into a pipe it writes a line whenever the total changes.",
  ),
  top: plain(
    "top [NAME]",
    "Shows all nodes, and the largest counters or the one of that name, live until Ctrl-C. Into a pipe it writes them once.",
  ),
};

function plain(words: string, purpose: string): CommandFlags {
  return flagsOf({
    usage: `global-cluster ${words}`,
    purpose,
    table: shared,
    checks: [],
    complete: ({ server, json }) => ({ server, json: json ?? false, by: 1, wait: false }),
  });
}

function flagsOf<T extends Table>(command: Command<T, Options>): CommandFlags {
  return { help: helpText(command), read: (argv) => parseSettings(command, argv, {}) };
}
