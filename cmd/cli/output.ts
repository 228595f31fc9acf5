import { printable, printableJson } from "../../internal/core/printable.ts";

/** What commands write, apart from live areas (`terminal.ts`). Servers and stores may be hostile, so every text is made printable. */

export function printLines(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** One JSON value in one line. */
export function printJson(json: string): void {
  process.stdout.write(`${printableJson(json)}\n`);
}

export function printError(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** An error that is a JSON value. */
export function printJsonError(json: string): void {
  process.stderr.write(`${printableJson(json)}\n`);
}
