import { version } from "../settings/read/from_process.ts";
import { readCommandLine } from "./command_line.ts";
import type { CommandName, Options } from "./commands.ts";
import { count, show } from "./once.ts";
import { ServerTrouble } from "./server.ts";
import { top } from "./top.ts";
import { watch } from "./watch.ts";

const EXIT_REFUSED = 1;
const EXIT_NOT_UNDERSTOOD = 2;
/** Whoever sends such hits again counts them twice. */
const EXIT_COUNTED = 3;

const RUN: Readonly<Record<CommandName, (counter: string, options: Options, stopped: AbortSignal) => Promise<void>>> = {
  get: show,
  hit: count,
  watch,
  top,
};

// Whoever reads has seen enough: `| head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await main();

/** Resolves to the exit code. */
async function main(): Promise<number> {
  const request = readCommandLine(process.argv.slice(2));
  if (request.kind === "errors") {
    process.stderr.write(`${request.sentences.join("\n")}\nTry: ${request.usage} --help\n`);
    return EXIT_NOT_UNDERSTOOD;
  }
  if (request.kind !== "run") {
    process.stdout.write(request.kind === "help" ? request.text : `${version()}\n`);
    return 0;
  }
  const { command, counter, options } = request;
  try {
    await RUN[command](counter, options, stopSignal(command));
    return 0;
  } catch (error) {
    if (!(error instanceof ServerTrouble)) throw error;
    process.stderr.write(`${options.json && error.body !== null ? error.body : error.message}\n`);
    return error.counted ? EXIT_COUNTED : EXIT_REFUSED;
  }
}

/** Ctrl-C is how one leaves what runs until Ctrl-C; the others end by it as any program does. */
function stopSignal(command: CommandName): AbortSignal {
  const stop = new AbortController();
  if (command === "watch" || command === "top") {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  }
  return stop.signal;
}
