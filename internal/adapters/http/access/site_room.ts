import type { Counting } from "../../../ports/counting.ts";

/** Most counters below a site's name. A page has two: its views and its visitors. Anybody can open pages that do not exist, and the ledger has room for 10,000 counters by default. */
export const MAX_COUNTERS_OF_SITE = 2_000;

/** Whether a site may get the counter of another page. Only committed counters are known here, so a round may add more than the last one. */
export function hasRoomForPage(counting: Counting, site: string): boolean {
  const before = `${site}/`;
  // Names with the same beginning stand together in the list.
  const last = counting.list(before, MAX_COUNTERS_OF_SITE).at(MAX_COUNTERS_OF_SITE - 1);
  return last === undefined || !last.counter.startsWith(before);
}
