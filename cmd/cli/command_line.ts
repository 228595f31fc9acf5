import { parseArgs } from "node:util";
import { isCounterName } from "../../internal/core/names.ts";
import { messageOf } from "../settings/read/setting_error.ts";
import { suggestion } from "../settings/read/suggestion.ts";
import { COMMAND_FLAGS, COMMANDS, type CommandName, type Options, VALUED } from "./commands.ts";

/** What a command line asks for. */
export type Request =
  | { readonly kind: "run"; readonly command: CommandName; readonly counter: string; readonly options: Options }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  /** Sentences for people, and where to find help. */
  | { readonly kind: "errors"; readonly sentences: readonly string[]; readonly usage: string };

const USAGE = "global-cluster";

const HELP = `Counts and shows counters of a cluster.

  global-cluster get NAME      tells a counter's total
  global-cluster hit NAME      counts
  global-cluster watch NAME    shows a counter live
  global-cluster top [NAME]    shows all nodes and the largest counters live, or that one alone

  --server <url>  address of a node, or of the cluster (default: http://127.0.0.1:4000)
  --json          writes one JSON value a line, for scripts
  --help, --version

Each command explains itself: global-cluster hit --help
Exit codes: 0 done, 1 the server refused it or cannot be reached, 2 not understood,
3 counted, but not committed within the 10 s of hit --wait: do not count again.
`;

export function readCommandLine(argv: readonly string[]): Request {
  const { words, flags } = split(argv);
  const [name, ...rest] = words;
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) return withoutCommand(name, flags);
  const { help, read } = COMMAND_FLAGS[command];
  const reading = read(flags);
  if (reading.kind === "help") return { kind: "help", text: help };
  if (reading.kind === "version") return { kind: "version" };
  const sentences = [
    ...wordMistakes(command, rest),
    ...(reading.kind === "errors" ? reading.errors.map(messageOf) : []),
  ];
  if (reading.kind === "settings" && sentences.length === 0) {
    return { kind: "run", command, counter: rest[0] ?? "", options: reading.settings };
  }
  return { kind: "errors", sentences, usage: `${USAGE} ${command}` };
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
  const meant = suggestion(name ?? "", COMMANDS);
  const known = `there are ${COMMANDS.join(", ")}`;
  const wrong =
    name === undefined ? `A command is missing; ${known}` : `${JSON.stringify(name)} is no command; ${known}`;
  const sentence = meant === undefined ? wrong : `${JSON.stringify(name)} is no command; did you mean ${meant}?`;
  return { kind: "errors", sentences: [sentence], usage: USAGE };
}

function wordMistakes(command: CommandName, words: readonly string[]): string[] {
  const extra = words.slice(1).map((word) => `${JSON.stringify(word)} is one word too many`);
  const [counter] = words;
  if (counter === undefined) return command === "top" ? [] : [`${command} needs the name of a counter`];
  if (isCounterName(counter)) return extra;
  const wrong = `${JSON.stringify(counter)} is no name of a counter (a-z 0-9 . _ -, at most 128 characters)`;
  return [wrong, ...extra];
}
