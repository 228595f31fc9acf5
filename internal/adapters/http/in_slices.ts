import type { Clock } from "../../ports/clock.ts";

/** Items per turn of the event loop. Ten thousand writes in one turn would delay every hit by a tenth of a second. */
const SLICE_LENGTH = 256;

/** Calls `each` for all `items`, at most `length` in one turn of the event loop, and then `done`. */
export function inSlices<T>(
  clock: Clock,
  items: Iterable<T>,
  each: (item: T) => void,
  done: () => void,
  length = SLICE_LENGTH,
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
