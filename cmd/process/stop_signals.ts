/**
 * One Ctrl-C can arrive twice: the terminal sends SIGINT to the whole process group, and npm sends it once more to its child.
 * What comes within this many milliseconds of the first is no second wish.
 */
const SAME_KEYSTROKE_MS = 500;
const EXIT_INTERRUPTED = 130;

export interface StopWishes {
  /** SIGTERM, SIGINT (Ctrl-C) or SIGHUP (the terminal was closed), the first time. */
  stop(signal: NodeJS.Signals): void;
  /** Ctrl-C again: somebody does not want to wait. */
  endNow(): void;
}

let listening = false;
let wishes: StopWishes | null = null;
let first: { readonly signal: NodeJS.Signals; readonly at: number } | null = null;

/**
 * Keeps signals that come while a program starts for when it can heed them. As process 1 of a container it would never hear of them
 * otherwise, and count on until it is killed. Call before anything is loaded.
 */
export function keepStopSignals(): void {
  if (listening) return;
  listening = true;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, heard);
}

/** Listens for the signals that ask this process to stop; one that was kept is heard now. */
export function onStopSignals(what: StopWishes): void {
  keepStopSignals();
  wishes = what;
  if (first) what.stop(first.signal);
}

function heard(signal: NodeJS.Signals): void {
  if (first === null) {
    first = { signal, at: performance.now() };
    wishes?.stop(signal);
  } else if (signal === "SIGINT" && performance.now() - first.at > SAME_KEYSTROKE_MS) {
    if (wishes) wishes.endNow();
    else process.exit(EXIT_INTERRUPTED);
  }
}
