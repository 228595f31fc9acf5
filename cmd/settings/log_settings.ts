import type { ValuesOf } from "./read/setting.ts";
import { oneOf } from "./values.ts";

/** The settings of every program that writes a log. */
export const logTable = {
  log: {
    placeholder: "format",
    parse: oneOf("text", "json"),
    default: null,
    whenAbsent: "text on a terminal, otherwise json",
    help: "format of the log: text or json",
  },
  logLevel: {
    placeholder: "level",
    parse: oneOf("debug", "info", "warn", "error"),
    default: "info",
    help: "lowest level to log: debug, info, warn or error",
  },
} as const;

/** `log` with its default. */
export function logFormat(log: ValuesOf<typeof logTable>["log"]): "text" | "json" {
  return log ?? (process.stdout.isTTY ? "text" : "json");
}
