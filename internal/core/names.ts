/** The counter of pages and events that name none. */
export const DEFAULT_COUNTER = "visits";
/** Longest counter name, in characters. */
export const MAX_NAME_LENGTH = 128;
/** Hits that one request may add at most. */
export const MAX_HITS_PER_REQUEST = 1_000_000;

/** How a counter's name is formed, in words. */
export const COUNTER_NAME_FORM = `a-z and 0-9, with . _ and - between them, at most ${MAX_NAME_LENGTH} characters`;

const COUNTER_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?$/;

/** Whether `name` is a valid counter name: `a-z 0-9` first and last, `a-z 0-9 . _ -` between, at most 128 characters. */
export function isCounterName(name: string): boolean {
  return COUNTER_NAME.test(name);
}

/** Whether one request may add `by` hits: a whole number from 1 to 1,000,000. */
export function isHitCount(by: unknown): by is number {
  return Number.isInteger(by) && (by as number) >= 1 && (by as number) <= MAX_HITS_PER_REQUEST;
}
