/** Time for the core and the services. */
export interface Clock {
  /** Milliseconds on a clock that never steps. Only differences have a meaning. */
  monotonic(): number;
  /** Milliseconds since 1970, for people to read. It may step forward or back. */
  wall(): number;
  /** Runs `task` once, after `ms` milliseconds, unless it is cancelled. */
  after(ms: number, task: () => void): Cancel;
  /** Runs `task` at the end of this turn of the event loop, after everything that arrived in it was handled. */
  endOfTurn(task: () => void): void;
}

export type Cancel = () => void;
