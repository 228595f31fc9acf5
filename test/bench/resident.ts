import { setTimeout as sleep } from "node:timers/promises";

const REST_MS = 500;

/** Resident bytes of this process once its garbage is collected. It needs `--expose-gc`. */
export async function resident(): Promise<number> {
  global.gc?.();
  await sleep(REST_MS);
  return process.memoryUsage.rss();
}
