/** One measure of the benchmark. */
export interface Row {
  /** What `--only` calls it. */
  readonly name: string;
  /** Throws BenchFailure when it cannot be measured, or when a hit was lost or counted twice. */
  run(effort: Effort): Promise<readonly Line[]>;
}

export interface Effort {
  /** A few seconds are enough: the numbers show that it runs, not how fast. */
  readonly smoke: boolean;
  /** Tells the waiting person what is going on. */
  say(words: string): void;
}

/** One line of the table. */
export interface Line {
  readonly measure: string;
  readonly goal: string;
  readonly result: string;
  /** Null where there is no goal to reach, or nothing was measured; `result` then says why. */
  readonly reached: boolean | null;
}

/** Why a row has no numbers. */
export class BenchFailure extends Error {
  override readonly name = "BenchFailure";
}
