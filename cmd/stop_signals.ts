/**
 * One Ctrl-C can arrive twice: the terminal sends SIGINT to the whole process group, and npm sends it once more to its child.
 * What comes within this many milliseconds of the first is no second wish.
 */
const SAME_KEYSTROKE_MS = 500;

export interface StopWishes {
  /** SIGTERM, SIGINT (Ctrl-C) or SIGHUP (the terminal was closed), the first time. */
  stop(signal: NodeJS.Signals): void;
  /** Ctrl-C again: somebody does not want to wait. */
  endNow(): void;
}

/** Listens for the signals that ask this process to stop. */
export function onStopSignals(wishes: StopWishes): void {
  let stoppedAt: number | null = null;
  const heard = (signal: NodeJS.Signals) => {
    if (stoppedAt === null) {
      stoppedAt = performance.now();
      wishes.stop(signal);
    } else if (signal === "SIGINT" && performance.now() - stoppedAt > SAME_KEYSTROKE_MS) {
      wishes.endNow();
    }
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, heard);
}
