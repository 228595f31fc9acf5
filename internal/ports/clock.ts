/** Time, as the core and the services see it. */
export interface Clock {
  /** Milliseconds on a clock that never steps. Only differences mean anything. */
  monotonic(): number;
  /** Milliseconds since 1970, for people to read. It may step either way. */
  wall(): number;
  /** Runs `task` once, `ms` milliseconds from now, unless cancelled. */
  after(ms: number, task: () => void): Cancel;
  /** Runs `task` when this turn of the event loop has handled all that arrived with it. */
  endOfTurn(task: () => void): void;
}

export type Cancel = () => void;
