/**
 * One Ctrl-C can arrive twice: the terminal sends SIGINT to the whole process group, and npm sends it again to its child.
 * A second SIGINT within this time is the same keystroke.
 */
const SAME_KEYSTROKE_MS = 500;
/** 128 + SIGINT, as shells expect it. */
export const EXIT_INTERRUPTED = 130;

export interface StopHandlers {
  /** The first SIGTERM, SIGINT (Ctrl-C) or SIGHUP (the terminal was closed). */
  stop(signal: NodeJS.Signals): void;
  /** A second Ctrl-C: the person does not want to wait. */
  endNow(): void;
}

let listening = false;
let handlers: StopHandlers | null = null;
let first: { readonly signal: NodeJS.Signals; readonly at: number } | null = null;

/**
 * Keeps signals that arrive while a program starts, until it can handle them. Process 1 of a container would otherwise never receive
 * them, and would run until it is killed. Call it before other modules are loaded.
 */
export function keepStopSignals(): void {
  if (listening) return;
  listening = true;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, onSignal);
}

/** Handles the signals that ask this process to stop, also one that was kept. */
export function onStopSignals(given: StopHandlers): void {
  keepStopSignals();
  handlers = given;
  if (first) given.stop(first.signal);
}

/** For programs with nothing to finish. As process 1 of a container they would ignore these signals. */
export function exitOnStopSignals(code: number): void {
  onStopSignals({ stop: () => process.exit(code), endNow: () => process.exit(code) });
}

function onSignal(signal: NodeJS.Signals): void {
  if (first === null) {
    first = { signal, at: performance.now() };
    handlers?.stop(signal);
  } else if (signal === "SIGINT" && performance.now() - first.at > SAME_KEYSTROKE_MS) {
    if (handlers) handlers.endNow();
    else process.exit(EXIT_INTERRUPTED);
  }
}
