import { Problem } from "../problem.ts";
import { badQuery, quoted } from "../problems.ts";

/** The word that a parameter has, of those that it may have. The first is the usual one. Throws Problem. */
export function oneOf<Word extends string>(
  name: string,
  text: string | undefined,
  usual: Word,
  ...others: Word[]
): Word {
  const words = [usual, ...others];
  const word = text === undefined ? usual : words.find((known) => known === text);
  if (word === undefined) throw wrong(name, `is ${quoted(text ?? "")}`, words.join(" or "));
  return word;
}

/** For example `wrong("label", "has 129 characters", "at most 128")`. */
export function wrong(name: string, what: string, use: string): Problem {
  return new Problem(badQuery(`${name} ${what}.`, `Use ${use}.`));
}
