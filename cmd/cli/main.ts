import { TokenFileError } from "../../internal/adapters/tokens/token_storage.ts";
import { version } from "../settings/read/from_process.ts";
import { parseCommandLine, type Request } from "./command_line.ts";
import { ALL_COMMANDS } from "./command_table.ts";
import type { CommandName, Options } from "./commands.ts";
import { completionScript } from "./completion/script.ts";
import { count, show } from "./once.ts";
import { printError, printJsonError, printLines } from "./output.ts";
import { ServerError } from "./server.ts";
import { RUN_TOKEN } from "./token.ts";
import { top } from "./top.ts";
import { watch } from "./watch.ts";

const EXIT_REFUSED = 1;
const EXIT_WRONG_COMMAND_LINE = 2;
/** The hits are counted. To send them again would count them twice. */
const EXIT_COUNTED = 3;

const RUN: Readonly<Record<CommandName, (counter: string, options: Options, stopped: AbortSignal) => Promise<void>>> = {
  get: show,
  hit: count,
  watch,
  top,
};

// The reader has closed the pipe: `| head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await main();

/** Resolves to the exit code. */
async function main(): Promise<number> {
  const request = parseCommandLine(process.argv.slice(2), process.env);
  if (request.kind === "errors") {
    printError(`${request.messages.join("\n")}\nTry: ${request.usage} --help`);
    return EXIT_WRONG_COMMAND_LINE;
  }
  if (request.kind === "token") return changeTokens(request);
  if (request.kind !== "run") {
    printLines(textOf(request).trimEnd());
    return 0;
  }
  const { command, counter, options } = request;
  try {
    await RUN[command](counter, options, stopSignal(command));
    return 0;
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    if (options.json && error.body !== null) printJsonError(error.body);
    else printError(error.message);
    return error.counted ? EXIT_COUNTED : EXIT_REFUSED;
  }
}

/** What is written without asking anybody. */
function textOf(request: Extract<Request, { kind: "help" | "version" | "completion" }>): string {
  if (request.kind === "help") return request.text;
  return request.kind === "version" ? version() : completionScript(request.shell, ALL_COMMANDS);
}

/** Returns the exit code. */
function changeTokens({ command, name, options }: Request & { readonly kind: "token" }): number {
  try {
    RUN_TOKEN[command](name, options);
    return 0;
  } catch (error) {
    if (!(error instanceof TokenFileError)) throw error;
    printError(error.message);
    return EXIT_REFUSED;
  }
}

/** Ctrl-C is the normal end of commands that run until Ctrl-C. It ends the others as it ends any program. */
function stopSignal(command: CommandName): AbortSignal {
  const stop = new AbortController();
  if (command === "watch" || command === "top") {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  }
  return stop.signal;
}
