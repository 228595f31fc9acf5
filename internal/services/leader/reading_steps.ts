import type { Clock } from "../../ports/clock.ts";
import type { ReadingSteps } from "../ledger/read_ledger.ts";

/** Longest turn of the event loop for which a leader parses what it reads. */
const READING_TURN_MS = 20;

/** Steps of a reading that gives other work its turn. `chunk` is called after each chunk; false from it ends the reading. */
export function readingSteps(clock: Clock, chunk: () => Promise<boolean>): ReadingSteps {
  let turnBegan = clock.monotonic();
  return {
    chunk,
    entry: () => {
      if (clock.monotonic() - turnBegan < READING_TURN_MS) return null;
      return new Promise((resolve) => {
        clock.after(0, () => {
          turnBegan = clock.monotonic();
          resolve();
        });
      });
    },
  };
}
