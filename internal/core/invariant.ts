/**
 * The program's own state contradicts itself. This is a defect, never bad input: decoders refuse that. A node that finds a broken invariant
 * stops acknowledging hits, and a leader that finds one never commits again (`services/node/fail_stop.ts`).
 */
export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant";
}

/**
 * Asserts what must always hold, for example `invariant(log.shown <= log.end, "shown <= end", log.shown, log.end)`.
 * Throws BrokenInvariant with the name and both values. While it holds, it costs one comparison: nothing is formatted.
 */
export function invariant(holds: boolean, name: string, left: unknown, right: unknown): asserts holds {
  if (!holds) throw new BrokenInvariant(`${name} does not hold: ${String(left)} and ${String(right)}`);
}
