import type { CounterTotal } from "./counter_total.ts";
import { daysOfPage } from "./day_entries.ts";
import { encodeEnded, formats } from "./entry_bytes.ts";
import { ENDED_PAGE, type PagePortion } from "./folding.ts";
import { auditPage, type Ledger } from "./ledger.ts";
import type { LedgerDraft } from "./ledger_draft.ts";
import { ENDED } from "./ledger_encoding.ts";
import { encodePage, pageName } from "./pages_encoding.ts";

/** Days of a page that are written together at most. A year of them would not fit a transaction. */
const DAYS_TOGETHER = 4;

/**
 * A page and its days as they are after the draft: the oldest days first, and the last ones together with the page. So a page never names a day
 * of which the store has no entry. `changed`: what the draft changes of its counters. Throws LedgerMismatch if the page does not add up.
 */
export function* portionsOf(
  ledger: Ledger,
  draft: LedgerDraft,
  page: number,
  changed: readonly (readonly [string, CounterTotal | null])[],
): Iterable<PagePortion> {
  if (page === ENDED_PAGE) {
    const ended = encodeEnded({ ...formats(2), version: draft.version }, draft.ended);
    return yield { page, entries: new Map([[ENDED, ended]]), days: [], isLast: true };
  }
  const names = changed.map(([counter]) => counter);
  const { lacking, there, entryOf } = daysOfPage(ledger.days, draft, page, names);
  let left = lacking;
  for (; left.length > DAYS_TOGETHER; left = left.slice(DAYS_TOGETHER)) {
    const days = left.slice(0, DAYS_TOGETHER);
    yield { page, entries: new Map(days.map(entryOf)), days, isLast: false };
  }
  const whole = [pageName(page), encodePage(draft.version, countersAfter(ledger, page, changed), there)] as const;
  yield { page, entries: new Map([whole, ...left.map(entryOf)]), days: left, isLast: true };
}

/** A total that changed by itself in memory must not be written over the last good copy (H71). */
function countersAfter(
  ledger: Ledger,
  page: number,
  changed: readonly (readonly [string, CounterTotal | null])[],
): Map<string, CounterTotal> {
  auditPage(ledger, page);
  const counters = new Map(ledger.totals.counters(page));
  for (const [counter, total] of changed) {
    if (total) counters.set(counter, total);
    else counters.delete(counter);
  }
  return counters;
}
