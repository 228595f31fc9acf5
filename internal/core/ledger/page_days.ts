import { type Day, HOURS_A_DAY, isHour } from "../days/hour.ts";
import { UnreadableLedger } from "./entry_fields.ts";

const FORM = /^(\d{1,7})\+([0-9a-f]+)$/;

/**
 * The days of which the store has entries for a page, as the line of the page has them: the first one, in days since 1970, and hex digits, each
 * for four days, the lowest bit first. Without them, nobody could say that one of these entries is missing.
 */
export function daysText(days: Iterable<Day>): string {
  const sorted = [...days].sort((a, b) => a - b);
  const [first = 0] = sorted;
  const digits = Array.from({ length: 1 + Math.floor(((sorted.at(-1) ?? first) - first) / 4) }, () => 0);
  for (const day of sorted) digits[(day - first) >> 2]! |= 1 << ((day - first) & 3);
  return `${first}+${digits.map((digit) => digit.toString(16)).join("")}`;
}

/** Throws UnreadableLedger. */
export function daysInText(entry: string, text: string): Day[] {
  const [, first = "", digits = ""] = FORM.exec(text) ?? [];
  const days: Day[] = [];
  for (let at = 0; at < 4 * digits.length; at++)
    if ((Number.parseInt(digits.charAt(at >> 2), 16) >> (at & 3)) & 1) days.push(Number(first) + at);
  if (digits === "" || !isHour((days.at(-1) ?? Number(first)) * HOURS_A_DAY))
    throw new UnreadableLedger(entry, "its days must be a day since 1970, a plus and hex digits");
  return days;
}
