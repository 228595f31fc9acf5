import { once } from "node:events";
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

/** Whole lines of data, for another program or a file. A terminal gets only what it can show. Waits for a reader that is slower. */
export async function writeText(text: string): Promise<void> {
  const shown = process.stdout.isTTY ? printable(text) : text;
  if (!process.stdout.write(shown)) await once(process.stdout, "drain");
}
