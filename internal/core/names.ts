/** The counter of pages and events that name none. */
export const DEFAULT_COUNTER = "visits";
/** Longest counter name, in characters. */
export const MAX_NAME_LENGTH = 128;
/** Hits that one request may add at most. */
export const MAX_HITS_PER_REQUEST = 1_000_000;

/** How a counter's name is formed, in words. */
export const COUNTER_NAME_FORM = `a-z and 0-9, with . _ - and / between them, at most ${MAX_NAME_LENGTH} characters`;

/** Letters and digits, and what may stand between them. Each character can be matched in one way only, because leaders check millions of names. */
const COUNTER_NAME = /^[a-z0-9]+(?:(?:[._-]+|\/_?)[a-z0-9]+)*$/;

/**
 * Whether `name` is a valid counter name: parts with a `/` between them, at most 128 characters together. A part has `a-z 0-9` first and
 * last, and `a-z 0-9 . _ -` between. A part that is not the first may begin with `_`: no page of a site has such a name
 * (`core/visits/page_name.ts`), so these names are free for what this program counts beside pages.
 */
export function isCounterName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && COUNTER_NAME.test(name);
}

/** Whether `name` has parts. Releases before format 2 refuse such names. */
export function hasParts(name: string): boolean {
  return name.includes("/");
}

/** Whether one request may add `by` hits: a whole number from 1 to 1,000,000. */
export function isHitCount(by: unknown): by is number {
  return Number.isInteger(by) && (by as number) >= 1 && (by as number) <= MAX_HITS_PER_REQUEST;
}
