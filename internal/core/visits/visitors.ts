import { fnv1a64 } from "../hash.ts";
import { MAX_NAME_LENGTH } from "../names.ts";

const SUFFIX = "/_visitors";
/** A slash, an underscore, and 64 bits in base 36. */
const HASH_LENGTH = 15;
const ROOM = MAX_NAME_LENGTH - SUFFIX.length;

/**
 * The counter of a counter's visitors: `<counter>/_visitors`. A name that would be too long is cut, and gets a part that begins with `_`
 * and is a hash of the whole name. No page has such a part (`core/names.ts`), so different counters share visitors only if a 64-bit hash
 * collides.
 */
export function visitorsOf(counter: string): string {
  if (counter.length <= ROOM) return counter + SUFFIX;
  const start = counter.slice(0, ROOM - HASH_LENGTH).replace(/[._/-]+$/, "");
  return `${start}/_${fnv1a64(counter).toString(36)}${SUFFIX}`;
}

/** Whether `counter` counts the visitors of another one. Only marks count there: no request may name it to count a hit. */
export function countsVisitors(counter: string): boolean {
  return counter.endsWith(SUFFIX);
}
