import type { Puts } from "../../../internal/ports/store.ts";

/** What commit `number` puts: `head` and two other entries, one of which is longer than a page; each third one deletes an entry. */
export function entriesOf(number: number): Puts {
  const text = `${number}:`;
  return new Map([
    ["head", Buffer.from(text)],
    [`totals/0${number % 3}`, number % 3 === 0 ? null : Buffer.from(text.repeat(20))],
    ["gone", Buffer.from(text.padEnd(5_000, "."))],
  ]);
}

/** The entries after the commits from 1 to `number`. */
export function entriesAfter(number: number): Map<string, string> {
  const entries = new Map<string, string>();
  for (let at = 1; at <= number; at++)
    for (const [name, value] of entriesOf(at)) {
      if (value === null) entries.delete(name);
      else entries.set(name, String(value));
    }
  return entries;
}
