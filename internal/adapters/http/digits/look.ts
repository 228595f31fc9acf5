import { NUMBER_PARAMETERS, readShown, type ShownNumber } from "../badge/shown_number.ts";
import { oneOf, wrong } from "../badge/words.ts";
import { quoted } from "../problems.ts";
import { knownParameters } from "../query.ts";
import { THEMES } from "./themes/themes.ts";

/** What digits look like, apart from their number. */
export interface DigitsLook {
  readonly theme: keyof typeof THEMES;
  /** Zeros before the number fill it up to this length. */
  readonly length: number;
}

/** As many digits as 2^64 has. */
const MAX_LENGTH = 20;

/** Reads the query of digits. Throws Problem. */
export function readDigits(query: string): DigitsLook & ShownNumber {
  const given = knownParameters(query, "theme", "digits", ...NUMBER_PARAMETERS);
  const theme = oneOf("theme", given.theme, "odometer", "segments", "plain");
  return { theme, length: lengthOf(given.digits) ?? THEMES[theme].usualLength, ...readShown(given) };
}

function lengthOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const length = /^[0-9]{1,2}$/.test(text) ? Number(text) : 0;
  if (length >= 1 && length <= MAX_LENGTH) return length;
  throw wrong("digits", `is ${quoted(text)}`, `a whole number from 1 to ${MAX_LENGTH}`);
}
