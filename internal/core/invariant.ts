/**
 * The program's own state contradicts itself. This is a defect, never bad input: input is refused by its decoder. A node that finds one
 * stops acknowledging hits, and a leader that finds one never commits (`services/node/node.ts`, `halt`).
 */
export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant";
}

/**
 * Asserts what must always hold, for example `invariant(log.shown <= log.end, "shown <= end", log.shown, log.end)`.
 * While it holds it costs a comparison: nothing is formatted. Throws BrokenInvariant, with its name and both values.
 */
export function invariant(holds: boolean, name: string, left: unknown, right: unknown): asserts holds {
  if (!holds) throw new BrokenInvariant(`${name} does not hold: ${String(left)} and ${String(right)}`);
}
