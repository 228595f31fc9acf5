import type { Clock } from "../../ports/clock.ts";
import type { ReadingSteps } from "../ledger/read_ledger.ts";

/** Longest turn of the event loop for which a leader parses what it reads. */
const READING_TURN_MS = 10;

/**
 * Steps of a reading that gives other work its turn. `keep` keeps the lease; false from it ends the reading. It is called after each chunk, and
 * after each turn: on a slow core, a chunk takes longer to parse than the lease lasts (H66).
 */
export function readingSteps(clock: Clock, keep: () => Promise<boolean>): ReadingSteps {
  let turnBegan = clock.monotonic();
  const nextTurn = () =>
    new Promise<void>((resolve) => {
      clock.endOfTurn(() => {
        turnBegan = clock.monotonic();
        resolve();
      });
    });
  return {
    chunk: keep,
    entry: () => (clock.monotonic() - turnBegan < READING_TURN_MS ? null : nextTurn().then(keep)),
  };
}
