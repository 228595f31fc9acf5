/** A word shorter than this is not recognizable if two of its letters are wrong. */
const SHORT = 5;

/** The word of `known` that somebody who wrote `given` probably meant; undefined if none is similar. */
export function suggestion(given: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(given.length < SHORT ? 1 : 2, Math.floor(given.length / 4)) + 1;
  for (const candidate of known) {
    const steps = editSteps(given, candidate);
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** Number of letters to add, remove or replace on the way from `a` to `b` (Levenshtein distance). */
function editSteps(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, replaced));
    }
  }
  return row[b.length]!;
}
