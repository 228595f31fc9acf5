import { parseKey } from "../../internal/core/keys/idempotency_key.ts";
import { webAddress } from "../settings/addresses.ts";
import { helpText } from "../settings/read/help.ts";
import { parseSettings } from "../settings/read/parse.ts";
import type { Check, Command, Parse, Table, ValuesOf } from "../settings/read/setting.ts";
import type { Environment } from "../settings/read/variables.ts";
import { token, tokenFile } from "../settings/tokens.ts";
import { wholeNumber, yes } from "../settings/values.ts";
import { type CommandFlags, environmentOf } from "./command_flags.ts";

export const COMMANDS = ["get", "hit", "watch", "top"] as const;
export type CommandName = (typeof COMMANDS)[number];

/** The options of all commands. */
export type Options = ReturnType<typeof complete>;

/** People leave out the scheme, but `localhost:4000` would parse as the scheme `localhost:`. */
const serverAddress: Parse<string> = (text) => webAddress(text.includes("://") ? text : `http://${text}`);

const idempotencyKey: Parse<string> = (text) =>
  parseKey(text) === null ? { problem: "must be a UUID of version 7" } : { value: text };

const shared = {
  server: {
    placeholder: "url",
    parse: serverAddress,
    default: "http://127.0.0.1:4000",
    help: "address of a node or of the cluster",
    only: "flag",
  },
  token: {
    placeholder: "token",
    parse: token,
    default: null,
    whenAbsent: "none",
    help: "token to send; other users of this machine can see a flag, so the variable or --token-file is better",
    secret: true,
  },
  tokenFile: {
    placeholder: "file",
    parse: tokenFile,
    default: null,
    whenAbsent: "none",
    help: "file with the token in its first line",
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
    help: "waits for the commit even in a cluster with nodes of 0.1.0, which takes no keys; exit code 3 after 10 s: the hits are counted, but not committed yet",
    only: "flag",
  },
  key: {
    placeholder: "uuid",
    parse: idempotencyKey,
    default: null,
    whenAbsent: "a new one",
    help: "UUID of version 7, to send hits again that got no response; all commands with one key count once",
    only: "flag",
  },
} as const;

const checks: readonly Check<ValuesOf<typeof shared>>[] = [
  {
    about: "tokenFile",
    reads: ["token", "tokenFile"],
    problem: (values) =>
      values.token !== null && values.tokenFile !== null ? "works only without --token and GLOBAL_CLUSTER_TOKEN" : null,
  },
];

export const COMMAND_FLAGS: Readonly<Record<CommandName, CommandFlags<Options>>> = {
  get: plain("get NAME", "Shows a counter's total. Counts nothing."),
  hit: flagsOf({
    usage: "global-cluster hit NAME",
    purpose: "Counts hits, and shows the total that includes them.",
    table: hitTable,
    checks,
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
    table: shared,
    checks,
    complete: (values) => complete({ ...values, by: 1, wait: null, key: null }),
  });
}

function flagsOf<T extends Table>(command: Command<T, Options>): CommandFlags<Options> {
  const { usage, purpose, table } = command;
  const parse = (argv: readonly string[], env: Environment) => parseSettings(command, argv, environmentOf(table, env));
  return { usage, purpose, table, help: helpText(command), parse };
}

/** `server`: without a slash at the end. `token`: null if there is none. */
function complete({ json, wait, tokenFile, ...values }: ValuesOf<typeof hitTable>) {
  return { ...values, token: values.token ?? tokenFile, json: json ?? false, wait: wait ?? false };
}
