/** Text that a person gave for a setting. */
export interface Given {
  /** The flag or the variable. */
  readonly where: string;
  readonly text: string;
  /** Whether messages must not repeat it. */
  readonly secret?: boolean;
}

export interface SettingError {
  /** The flag, the variable or the word that is wrong. */
  readonly where: string;
  /** Null: nothing was given, or it is a secret. */
  readonly given: string | null;
  /** Continues after `where`: "must be ...", "needs ...", "is unknown ...". */
  readonly problem: string;
  /** The part of `given` that is wrong, if that is not the whole. */
  readonly part?: string | undefined;
}

/** One line for people. */
export function messageOf({ where, given, problem, part }: SettingError): string {
  if (given === null) return `${where} ${problem}`;
  const detail = part === undefined || part === given ? "" : `: ${JSON.stringify(part)} is not valid`;
  return `${where} ${problem}, not ${JSON.stringify(given)}${detail}`;
}
