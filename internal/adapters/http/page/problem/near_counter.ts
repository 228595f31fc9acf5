import { MAX_NAME_LENGTH } from "../../../../core/names.ts";
import { suggestion } from "../../../../core/suggestion.ts";
import type { Counting } from "../../../../ports/counting.ts";

/** Names compared at most: those of the largest counters, and the neighbours of the name in the order of the alphabet. */
const NEIGHBOURS = 40;
/** The time to compare two names grows with the product of their lengths. */
const LONGEST_COMPARED = 48;

/** The counter that somebody who wrote `name` probably meant, of those that `mayShow`; null: none is similar. */
export function nearCounter(counting: Counting, mayShow: (counter: string) => boolean, name: string): string | null {
  if (name.length > LONGEST_COMPARED || counting.sum() === null) return null;
  const largest = counting.sum()?.largest.map(({ counter }) => counter) ?? [];
  const known = [...largest, ...neighbours(counting, name)].filter(
    (counter) => counter !== name && Math.abs(counter.length - name.length) <= MAX_NAME_LENGTH / 10 && mayShow(counter),
  );
  return suggestion(name, known) ?? null;
}

/** Counters whose names begin like this one: with its first half, as mistakes are rarely all at the beginning. */
function neighbours(counting: Counting, name: string): string[] {
  const beginning = name.slice(0, Math.ceil(name.length / 2));
  return counting.list(beginning, NEIGHBOURS).map(({ counter }) => counter);
}
