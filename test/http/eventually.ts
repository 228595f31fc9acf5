import { setTimeout as delay } from "node:timers/promises";

/** Asks again and again until `condition` holds; throws after `withinMs`. */
export async function eventually(condition: () => boolean | Promise<boolean>, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await delay(10);
  }
}
