import type { Clock } from "../../ports/clock.ts";

/** Writes that are done before others get their turn: ten thousand at once would hold up every hit for a tenth of a second. */
const WRITES = 256;

/** Calls `each` for all of `items`, `length` of them in each turn of the event loop, and then `done`. */
export function inSlices<T>(
  clock: Clock,
  items: Iterable<T>,
  each: (item: T) => void,
  done: () => void,
  length = WRITES,
): void {
  const iterator = items[Symbol.iterator]();
  const slice = (): void => {
    for (let handled = 0; handled < length; handled++) {
      const next = iterator.next();
      if (next.done === true) return done();
      each(next.value);
    }
    clock.endOfTurn(slice);
  };
  slice();
}
