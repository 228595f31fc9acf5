import type { Clock } from "../../ports/clock.ts";

/** Items that are handled before others get their turn: ten thousand writes at once would hold up every hit for a tenth of a second. */
const SLICE = 256;

/** Calls `each` for all of `items`, some in each turn of the event loop, and then `done`. */
export function inSlices<T>(clock: Clock, items: Iterable<T>, each: (item: T) => void, done: () => void): void {
  const iterator = items[Symbol.iterator]();
  const slice = (): void => {
    for (let handled = 0; handled < SLICE; handled++) {
      const next = iterator.next();
      if (next.done === true) return done();
      each(next.value);
    }
    clock.endOfTurn(slice);
  };
  slice();
}
