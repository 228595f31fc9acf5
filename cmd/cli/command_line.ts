import { parseArgs } from "node:util";
import { COUNTER_NAME_FORM, isCounterName } from "../../internal/core/names.ts";
import { messageOf } from "../settings/read/setting_error.ts";
import { suggestion } from "../settings/read/suggestion.ts";
import { COMMAND_FLAGS, COMMANDS, type CommandName, type Options, VALUED } from "./commands.ts";

/** What a command line asks for. */
export type Request =
  | { readonly kind: "run"; readonly command: CommandName; readonly counter: string; readonly options: Options }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  /** `usage --help` explains the command. */
  | { readonly kind: "errors"; readonly messages: readonly string[]; readonly usage: string };

const USAGE = "global-cluster";

const HELP = `Counts, and shows the counters of a cluster.

  global-cluster get NAME      shows a counter's total
  global-cluster hit NAME      counts a hit
  global-cluster watch NAME    shows a counter live
  global-cluster top [NAME]    shows all nodes, and the largest counters or only NAME, live

  global-cluster certificates  makes the certificates of nodes on several machines

  --server <url>  address of a node or of the cluster (default: http://127.0.0.1:4000)
  --json          writes one JSON value per line, for scripts
  --help, --version

Each command has its own help: global-cluster hit --help
Exit codes: 0 done; 1 the server refused the request or did not answer; 2 the command line is wrong;
3 the hits are counted, but were not committed within the 10 s of hit --wait: do not count them again.
`;

export function parseCommandLine(argv: readonly string[]): Request {
  const { words, flags } = split(argv);
  const [name, ...rest] = words;
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) return withoutCommand(name, flags);
  const { help, parse } = COMMAND_FLAGS[command];
  const result = parse(flags);
  if (result.kind === "help") return { kind: "help", text: help };
  if (result.kind === "version") return { kind: "version" };
  const messages = [...wordErrors(command, rest), ...(result.kind === "errors" ? result.errors.map(messageOf) : [])];
  if (result.kind === "settings" && messages.length === 0)
    return { kind: "run", command, counter: rest[0] ?? "", options: result.settings };
  return { kind: "errors", messages, usage: `${USAGE} ${command}` };
}

/** Words may stand before, between and after flags. */
function split(argv: readonly string[]): { words: string[]; flags: string[] } {
  const options = Object.fromEntries(VALUED.map((name) => [name, { type: "string" as const }]));
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const at = new Set(tokens.filter(({ kind }) => kind === "positional").map(({ index }) => index));
  return { words: argv.filter((_, index) => at.has(index)), flags: argv.filter((_, index) => !at.has(index)) };
}

function withoutCommand(name: string | undefined, flags: readonly string[]): Request {
  if (name === undefined && flags.some((flag) => flag === "--help" || flag === "-h"))
    return { kind: "help", text: HELP };
  if (name === undefined && flags.includes("--version")) return { kind: "version" };
  return { kind: "errors", messages: [commandError(name)], usage: USAGE };
}

function commandError(name: string | undefined): string {
  const known = `the commands are ${COMMANDS.join(", ")}`;
  if (name === undefined) return `A command is missing; ${known}`;
  const meant = suggestion(name, COMMANDS);
  return `${JSON.stringify(name)} is not a command; ${meant === undefined ? known : `did you mean ${meant}?`}`;
}

function wordErrors(command: CommandName, words: readonly string[]): string[] {
  const extra = words.slice(1).map((word) => `Unexpected word: ${JSON.stringify(word)}`);
  const [counter] = words;
  if (counter === undefined) return command === "top" ? [] : [`${command} needs the name of a counter`];
  if (isCounterName(counter)) return extra;
  const error = `${JSON.stringify(counter)} is not a valid counter name (${COUNTER_NAME_FORM})`;
  return [error, ...extra];
}
