import { parseArgs } from "node:util";
import { isTokenName, TOKEN_NAME_FORM } from "../../internal/core/access/token_list.ts";
import { MAX_ADJUSTED_TOTAL } from "../../internal/core/ledger/adjustment.ts";
import { DESTINATION_FORM, destinationOf } from "../../internal/core/links/destination.ts";
import { COUNTER_NAME_FORM, isCounterName } from "../../internal/core/names.ts";
import { suggestion } from "../../internal/core/suggestion.ts";
import type { ParseResult } from "../settings/read/parse.ts";
import { flagOf } from "../settings/read/setting.ts";
import { messageOf } from "../settings/read/setting_error.ts";
import type { Environment } from "../settings/read/variables.ts";
import type { CommandFlags } from "./command_flags.ts";
import { COMMAND_FLAGS, COMMANDS, type CommandName, type Options } from "./commands.ts";
import { SHELLS, type Shell } from "./completion/script.ts";
import {
  EXPORTS,
  LINK_CHANGES,
  OWNING_COMMANDS,
  OWNING_FLAGS,
  type OwningCommandName,
  type OwningOptions,
} from "./owning_commands.ts";
import { TOKEN_COMMANDS, TOKEN_FLAGS, type TokenCommandName, type TokenOptions } from "./token_commands.ts";

/** What a command line asks for. */
export type Request =
  | { readonly kind: "run"; readonly command: CommandName; readonly counter: string; readonly options: Options }
  | {
      readonly kind: "token";
      readonly command: TokenCommandName;
      readonly name: string;
      readonly options: TokenOptions;
    }
  | {
      readonly kind: "own";
      readonly command: OwningCommandName;
      /** Its word: a counter, a file, what to export, or what to do with links. Empty: it has none. */
      readonly word: string;
      /** The words after it. */
      readonly words: readonly string[];
      /** Only of `set`. */
      readonly value: bigint;
      readonly options: OwningOptions;
    }
  | { readonly kind: "completion"; readonly shell: Shell }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  /** `usage --help` explains the command. */
  | { readonly kind: "errors"; readonly messages: readonly string[]; readonly usage: string };

const USAGE = "global-cluster";

const HELP = `Counts, and shows the counters of a cluster.

  global-cluster get NAME        shows a counter's total
  global-cluster hit NAME        counts a hit
  global-cluster watch NAME      shows a counter live
  global-cluster top [NAME]      shows all nodes and the largest counters, or only NAME, live

For the owners of the counters, with a token that has the right admin:

  global-cluster set NAME VALUE  sets a counter's total
  global-cluster reset NAME      sets it to 0
  global-cluster delete NAME     deletes a counter
  global-cluster audit           shows who changed which counters
  global-cluster links [set NAME URL | delete NAME]
                                 lists the links, or changes where /go/NAME leads
  global-cluster import FILE     adds the numbers of a file: CSV, NDJSON, or from another service
  global-cluster export totals | days | audit
                                 writes all totals, the hits of each day, or the audit

On the machine where the file of tokens is:

  global-cluster token create NAME | list | revoke NAME
                                 makes, lists and removes tokens
  global-cluster certificates    makes the certificates of nodes on several machines
  global-cluster completion bash | zsh
                                 writes a script that completes commands and flags in a shell

  --server <url>       address of a node or of the cluster (default: http://127.0.0.1:4000)
  --token-file <file>  file with the token to send (or the token in GLOBAL_CLUSTER_TOKEN)
  --json               writes one JSON value per line, for scripts
  --help, --version

Each command has its own help: global-cluster hit --help
Exit codes: 0 done; 1 the server refused the request or did not answer; 2 the command line is wrong;
3 the hits are counted, but hit --wait saw no commit within 10 s: do not count them again;
130 stopped by Ctrl-C.
`;

/** `env`: variables of the process; most are not its own. */
export function parseCommandLine(argv: readonly string[], env: Environment = {}): Request {
  const { words, flags } = split(argv);
  const [name, ...rest] = words;
  if (name === TOKEN) return tokenRequest(rest, flags, env);
  if (name === COMPLETION) return completionRequest(rest, flags);
  const owning = OWNING_COMMANDS.find((known) => known === name);
  if (owning !== undefined) return owningRequest(owning, rest, flags, env);
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) return withoutCommand(name, flags, [...COMMANDS, ...OWNING_COMMANDS, TOKEN, COMPLETION]);
  const asked = COMMAND_FLAGS[command];
  return requestOf(asked, asked.parse(flags, env), wordErrors(command, rest), (options) => {
    return { kind: "run", command, counter: rest[0] ?? "", options };
  });
}

const TOKEN = "token";
const COMPLETION = "completion";

function completionRequest([name, ...rest]: readonly string[], flags: readonly string[]): Request {
  if (flags.some((flag) => flag === "--help" || flag === "-h")) return { kind: "help", text: COMPLETION_HELP };
  const shell = SHELLS.find((known) => known === name);
  const errors = [...rest.map(unexpected), ...flags.map((flag) => `${flag} is unknown; --help lists all flags`)];
  if (shell === undefined) errors.unshift(`completion needs the name of a shell: ${SHELLS.join(" or ")}`);
  if (shell !== undefined && errors.length === 0) return { kind: "completion", shell };
  return { kind: "errors", messages: errors, usage: `${USAGE} ${COMPLETION}` };
}

const COMPLETION_HELP = `Writes a script that completes commands and flags in a shell.

  global-cluster completion bash     in ~/.bashrc: eval "$(global-cluster completion bash)"
  global-cluster completion zsh      in ~/.zshrc, after compinit: eval "$(global-cluster completion zsh)"
`;

function tokenRequest([name, ...rest]: readonly string[], flags: readonly string[], env: Environment): Request {
  const command = TOKEN_COMMANDS.find((known) => known === name);
  if (command === undefined) return withoutCommand(name, flags, TOKEN_COMMANDS, `${TOKEN} `);
  const asked = TOKEN_FLAGS[command];
  return requestOf(asked, asked.parse(flags, env), tokenWordErrors(command, rest), (options) => {
    return { kind: "token", command, name: rest[0] ?? "", options };
  });
}

function owningRequest(
  command: OwningCommandName,
  words: readonly string[],
  flags: readonly string[],
  env: Environment,
): Request {
  const asked = OWNING_FLAGS[command];
  return requestOf(asked, asked.parse(flags, env), owningWordErrors(command, words), (options) => {
    const [word = "", ...more] = words;
    const value = command === "set" ? BigInt(more[0] ?? 0) : 0n;
    return { kind: "own", command, word, words: more, value, options };
  });
}

function requestOf<O>(
  { help, usage }: CommandFlags<O>,
  result: ParseResult<O>,
  errors: readonly string[],
  request: (options: O) => Request,
): Request {
  if (result.kind === "help") return { kind: "help", text: help };
  if (result.kind === "version") return { kind: "version" };
  const messages = [...errors, ...(result.kind === "errors" ? result.errors.map(messageOf) : [])];
  if (result.kind === "settings" && messages.length === 0) return request(result.settings);
  return { kind: "errors", messages, usage: usage.replace(/ [^ a-z].*$| [a-z]+\|.*$/, "") };
}

/** Flags of all commands that take a value. */
const VALUED = [COMMAND_FLAGS, OWNING_FLAGS, TOKEN_FLAGS]
  .flatMap((flags) => Object.values<CommandFlags<unknown>>(flags))
  .flatMap(({ table }) =>
    Object.entries(table).flatMap(([key, { placeholder }]) => (placeholder === null ? [] : [flagOf(key).slice(2)])),
  );

/** Words may stand before, between and after flags. */
function split(argv: readonly string[]): { words: string[]; flags: string[] } {
  const options = Object.fromEntries(VALUED.map((name) => [name, { type: "string" as const }]));
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const at = new Set(tokens.filter(({ kind }) => kind === "positional").map(({ index }) => index));
  return { words: argv.filter((_, index) => at.has(index)), flags: argv.filter((_, index) => !at.has(index)) };
}

function withoutCommand(
  name: string | undefined,
  flags: readonly string[],
  commands: readonly string[],
  before = "",
): Request {
  if (name === undefined && flags.some((flag) => flag === "--help" || flag === "-h"))
    return { kind: "help", text: HELP };
  if (name === undefined && flags.includes("--version")) return { kind: "version" };
  return { kind: "errors", messages: [commandError(name, commands, before)], usage: USAGE };
}

function commandError(name: string | undefined, commands: readonly string[], before: string): string {
  const known = `the commands are ${commands.map((command) => before + command).join(", ")}`;
  if (name === undefined) return `A command is missing; ${known}`;
  const meant = suggestion(name, commands);
  return `${JSON.stringify(before + name)} is not a command; ${meant === undefined ? known : `did you mean ${before}${meant}?`}`;
}

function tokenWordErrors(command: TokenCommandName, [name, ...words]: readonly string[]): string[] {
  const extra = (command === "list" && name !== undefined ? [name, ...words] : words).map(unexpected);
  if (command === "list") return extra;
  if (name === undefined) return [`token ${command} needs a name for the token`];
  return isTokenName(name)
    ? extra
    : [`${JSON.stringify(name)} is not a name for a token (${TOKEN_NAME_FORM})`, ...extra];
}

function owningWordErrors(command: OwningCommandName, words: readonly string[]): string[] {
  const [word, value, ...more] = words;
  if (command === "audit") return words.map(unexpected);
  if (command === "import") return word === undefined ? ["import needs a file"] : words.slice(1).map(unexpected);
  if (command === "links") return linksWordErrors(words);
  if (command === "export") {
    if (EXPORTS.some((what) => what === word)) return words.slice(1).map(unexpected);
    return [`export needs one of ${EXPORTS.join(", ")}${word === undefined ? "" : `, not ${JSON.stringify(word)}`}`];
  }
  if (command !== "set") return counterErrors(command, words);
  const errors = counterErrors(command, word === undefined ? [] : [word, ...more]);
  if (isTotal(value)) return errors;
  const given = value === undefined ? "" : `, not ${JSON.stringify(value)}`;
  return [...errors, `set needs a whole number from 0 to ${MAX_ADJUSTED_TOTAL}${given}`];
}

function linksWordErrors([change, counter, url, ...more]: readonly string[]): string[] {
  if (change === undefined) return [];
  if (!LINK_CHANGES.some((known) => known === change))
    return [`links can be followed by ${LINK_CHANGES.join(" or ")}, not by ${JSON.stringify(change)}`];
  const words = [counter, ...(change === "set" ? more : [url, ...more])].filter((word) => word !== undefined);
  const errors = counterErrors(`links ${change}`, words);
  if (change === "delete" || (url !== undefined && destinationOf(url) !== null)) return errors;
  const given = url === undefined ? "" : `, not ${JSON.stringify(url)}`;
  return [...errors, `links set needs ${DESTINATION_FORM}${given}`];
}

function isTotal(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,19}$/.test(text) && BigInt(text) <= MAX_ADJUSTED_TOTAL;
}

function unexpected(word: string): string {
  return `Unexpected word: ${JSON.stringify(word)}`;
}

function wordErrors(command: CommandName, words: readonly string[]): string[] {
  return command === "top" && words.length === 0 ? [] : counterErrors(command, words);
}

function counterErrors(command: string, [counter, ...rest]: readonly string[]): string[] {
  const extra = rest.map(unexpected);
  if (counter === undefined) return [`${command} needs the name of a counter`];
  if (isCounterName(counter)) return extra;
  const error = `${JSON.stringify(counter)} is not a valid counter name (${COUNTER_NAME_FORM})`;
  return [error, ...extra];
}
