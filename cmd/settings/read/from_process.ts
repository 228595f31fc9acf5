import { readFileSync, writeSync } from "node:fs";
import { helpText } from "./help.ts";
import { readSettings } from "./parse.ts";
import type { Command, Table } from "./setting.ts";
import { sentence } from "./setting_error.ts";

/** The exit code of a start that cannot succeed until somebody changes a setting. */
export const EXIT_SETTINGS = 2;

/** This process's settings. Does not return when there are mistakes (exit code 2), or when help or the version was asked for. */
export function settingsFromProcess<T extends Table, S>(command: Command<T, S>): S {
  const reading = readSettings(command, process.argv.slice(2), process.env);
  switch (reading.kind) {
    case "settings":
      return reading.settings;
    case "help":
      return leave(1, helpText(command), 0);
    case "version":
      return leave(1, `${version()}\n`, 0);
    case "mistakes": {
      const lines = reading.mistakes.map((mistake) => `  ${sentence(mistake)}\n`);
      return leave(
        2,
        `${command.undone ?? "Not started"}:\n${lines.join("")}Try: ${command.usage} --help\n`,
        EXIT_SETTINGS,
      );
    }
  }
}

/** The version of this program. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  return String(version);
}

// Written synchronously: `process.exit` would cut off what is still on its way to a pipe.
function leave(descriptor: 1 | 2, text: string, code: number): never {
  try {
    writeSync(descriptor, text);
  } catch {
    // Whoever reads has seen enough: `| head`.
  }
  process.exit(code);
}
