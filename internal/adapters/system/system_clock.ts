import type { Clock } from "../../ports/clock.ts";

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  endOfTurn(task) {
    setImmediate(task);
  },
};
