import { setTimeout as delay } from "node:timers/promises";

/** Asks again and again until `condition` gives something truthy, and returns that; throws after `withinMs`. */
export async function eventually<T>(condition: () => T | Promise<T>, withinMs = 60_000): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await delay(20);
  }
}
