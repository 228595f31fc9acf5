import type { Writes } from "../../../internal/ports/store.ts";
import { entriesAfter as after } from "../../ports/store/entries.ts";

/**
 * What commit `number` writes: `head`, a round, and two other entries, one of which is longer than a page. Each third one deletes an entry,
 * each second one all rounds before its own.
 */
export function writesOf(number: number): Writes {
  const text = `${number}:`;
  const puts = new Map([
    ["head", Buffer.from(text)],
    [`totals/0${number % 3}`, number % 3 === 0 ? null : Buffer.from(text.repeat(20))],
    ["gone", Buffer.from(text.padEnd(5_000, "."))],
    [`rounds/${number}`, Buffer.from(text.repeat(50))],
  ]);
  return { puts, ranges: number % 2 === 0 ? [{ from: "rounds/", to: `rounds/${number}` }] : [] };
}

/** The entries after the commits from 1 to `number`. */
export function entriesAfter(number: number): Map<string, string> {
  let entries = new Map<string, Uint8Array>();
  for (let at = 1; at <= number; at++) entries = after(entries, writesOf(at));
  return new Map([...entries].map(([name, value]) => [name, String(value)]));
}
