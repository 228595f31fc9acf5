import { setTimeout as sleep } from "node:timers/promises";
import { BenchFailure } from "./row.ts";

const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 10;

/** Waits until `holds` does. Throws BenchFailure after `deadlineMs`. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new BenchFailure(`waited ${deadlineMs / 1000} s in vain until ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
