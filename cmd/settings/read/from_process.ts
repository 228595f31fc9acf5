import { readFileSync, writeSync } from "node:fs";
import { helpText } from "./help.ts";
import { parseSettings } from "./parse.ts";
import type { Command, Table } from "./setting.ts";
import { messageOf } from "./setting_error.ts";

/** Exit code of a start that fails until somebody changes a setting. */
export const EXIT_SETTINGS = 2;

/** The settings of this process. Ends the process after setting errors (exit code 2), --help or --version (exit code 0). */
export function settingsFromProcess<T extends Table, S>(command: Command<T, S>): S {
  const result = parseSettings(command, process.argv.slice(2), process.env);
  switch (result.kind) {
    case "settings":
      return result.settings;
    case "help":
      return exitWith(1, helpText(command), 0);
    case "version":
      return exitWith(1, `${version()}\n`, 0);
    case "errors": {
      const lines = result.errors.map((error) => `  ${messageOf(error)}\n`).join("");
      const { failure = "Not started", usage } = command;
      return exitWith(2, `${failure}:\n${lines}Try: ${usage} --help\n`, EXIT_SETTINGS);
    }
  }
}

/** The version of this program. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  return String(version);
}

/** Writes synchronously: `process.exit` would cut off what is still on its way to a pipe. */
function exitWith(descriptor: 1 | 2, text: string, code: number): never {
  try {
    writeSync(descriptor, text);
  } catch {
    // The reader has closed the pipe: `| head`.
  }
  process.exit(code);
}
