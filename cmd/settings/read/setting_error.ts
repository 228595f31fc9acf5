/** Text that somebody gave for a setting. */
export interface Given {
  /** The flag or the variable. */
  readonly where: string;
  readonly text: string;
  /** Not to be repeated in a message. */
  readonly secret?: boolean;
}

export interface Mistake {
  /** The flag, the variable or the word to blame. */
  readonly where: string;
  /** What was given; null: nothing, or nothing to repeat. */
  readonly given: string | null;
  /** Goes on from there: "must be ...", "needs ...", "is unknown ...". */
  readonly wrong: string;
}

/** One line for people. */
export function sentence({ where, given, wrong }: Mistake): string {
  return given === null ? `${where} ${wrong}` : `${where} ${wrong}, not ${JSON.stringify(given)}`;
}
