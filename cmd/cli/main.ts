import { TokenFileError } from "../../internal/adapters/tokens/token_storage.ts";
import { version } from "../settings/read/from_process.ts";
import { remove, set } from "./adjust.ts";
import { audit } from "./audit.ts";
import { parseCommandLine, type Request } from "./command_line.ts";
import { ALL_COMMANDS } from "./command_table.ts";
import type { CommandName, Options } from "./commands.ts";
import { completionScript } from "./completion/script.ts";
import { exportAll } from "./export.ts";
import { ImportError } from "./import/import_line.ts";
import { importFile } from "./import_file.ts";
import { listLinks, removeLink, setLink } from "./links.ts";
import { count, show } from "./once.ts";
import { printError, printJsonError, printLines } from "./output.ts";
import { EXPORTS, type OwningOptions } from "./owning_commands.ts";
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

/** Commands that end cleanly when a person stops them: for `watch` and `top` that is the normal end. The others end as any program. */
const STOPPABLE: ReadonlySet<string> = new Set(["watch", "top", "import", "export"]);

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
  if (request.kind !== "run" && request.kind !== "own") {
    printLines(textOf(request).trimEnd());
    return 0;
  }
  try {
    const stopped = stopSignal(request.command);
    if (request.kind === "run") await RUN[request.command](request.counter, request.options, stopped);
    else await own(request, stopped);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error, request.options.json);
  }
}

/** For those who own the counters. */
function own(
  { command, word, words, value, options }: Request & { readonly kind: "own" },
  stopped: AbortSignal,
): Promise<void> {
  switch (command) {
    case "set":
    case "reset":
      return set(word, value, options);
    case "delete":
      return remove(word, options);
    case "audit":
      return audit(options);
    case "links":
      return links(word, words, options);
    case "import":
      return importFile(word, options, stopped);
    case "export":
      return exportAll(EXPORTS.find((what) => what === word) ?? "totals", options, stopped);
  }
}

function links(change: string, [counter = "", url = ""]: readonly string[], options: OwningOptions): Promise<void> {
  if (change === "set") return setLink(counter, url, options);
  return change === "delete" ? removeLink(counter, options) : listLinks(options);
}

/** Returns the exit code. */
function report(error: unknown, json: boolean): number {
  if (!(error instanceof ServerError || error instanceof ImportError)) throw error;
  const body = error instanceof ServerError ? error.body : null;
  if (json && body !== null) printJsonError(body);
  else printError(error.message);
  return error instanceof ServerError && error.counted ? EXIT_COUNTED : EXIT_REFUSED;
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

function stopSignal(command: string): AbortSignal {
  const stop = new AbortController();
  if (STOPPABLE.has(command)) {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  }
  return stop.signal;
}
