import { setTimeout as delay } from "node:timers/promises";

/** Of tests that must fail, which so end sooner: see test/mutation/mutate.ts. */
const WITHIN_MS = Number(process.env.EVENTUALLY_MS ?? 60_000);

/** Asks again and again until `condition` gives something truthy, and returns that; throws after `withinMs`. */
export async function eventually<T>(condition: () => T | Promise<T>, withinMs = WITHIN_MS): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await delay(20);
  }
}
