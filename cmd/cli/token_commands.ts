import type { ValuesOf } from "../settings/read/setting.ts";
import { counterPatterns, DEFAULT_TOKENS, expiry, tokensPath } from "../settings/tokens.ts";
import { yes } from "../settings/values.ts";
import { type CommandFlags, flagsOf } from "./command_flags.ts";

export const TOKEN_COMMANDS = ["create", "list", "revoke"] as const;
export type TokenCommandName = (typeof TOKEN_COMMANDS)[number];

/** The options of all commands about tokens. */
export type TokenOptions = ReturnType<typeof complete>;

const shared = {
  tokens: {
    placeholder: "file",
    parse: tokensPath,
    default: DEFAULT_TOKENS,
    help: "file of the tokens; nodes take a change within seconds",
  },
  json: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "writes one JSON value, for scripts",
    only: "flag",
  },
} as const;

const createTable = {
  ...shared,
  counters: {
    placeholder: "names",
    parse: counterPatterns,
    default: "*",
    help: "comma-separated list of the counters that it is for; blog-*: all whose names begin with blog-",
    only: "flag",
  },
  admin: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "also lets it set, delete, import and export counters, set links, and read the audit and the whole cluster",
    only: "flag",
  },
  expires: {
    placeholder: "time",
    parse: expiry,
    default: null,
    whenAbsent: "never",
    help: "when it ends: a day (2030-12-31), a time (2030-12-31T12:00:00Z), or a time from now (720h)",
    only: "flag",
  },
} as const;

export const TOKEN_FLAGS: Readonly<Record<TokenCommandName, CommandFlags<TokenOptions>>> = {
  create: flagsOf({
    usage: "global-cluster token create NAME",
    purpose:
      "Makes a token. With it, a request may count up to 1,000,000 hits. The token is shown once: only its hash is kept.",
    table: createTable,
    checks: [],
    complete,
  }),
  list: plain("token list", "Lists the tokens with their rights, their counters, and when they end."),
  revoke: plain("token revoke NAME", "Removes a token. Nodes refuse it within seconds."),
};

function plain(words: string, purpose: string): CommandFlags<TokenOptions> {
  return flagsOf({
    usage: `global-cluster ${words}`,
    purpose,
    table: shared,
    checks: [],
    complete: (values) => complete({ ...values, counters: [], admin: null, expires: null }),
  });
}

function complete({ json, admin, ...values }: ValuesOf<typeof createTable>) {
  return { ...values, json: json ?? false, admin: admin ?? false };
}
