import { oneOf } from "./values.ts";

/** The setting of every program that writes a log. */
export const logTable = {
  log: {
    placeholder: "form",
    parse: oneOf("text", "json"),
    default: null,
    otherwise: "text on a terminal, json elsewhere",
    help: "form of the log: text or json",
  },
} as const;

export function logForm(given: "text" | "json" | null): "text" | "json" {
  return given ?? (process.stdout.isTTY ? "text" : "json");
}
