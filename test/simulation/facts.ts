import type { HeldLog } from "../../internal/services/counter/held_log.ts";
import { HitSet } from "./hit_set.ts";
import type { LedgerBook } from "./ledger_book.ts";
import type { LogBook } from "./log_book.ts";

/** What the books of pages and waiting requests look up. */
export interface Facts {
  readonly logs: LogBook;
  readonly ledgers: LedgerBook;
  readonly copied: ReadonlySet<string>;
  /** Hits that a page need not show any more. */
  readonly lost: () => HitSet;
}

/** Hits of a held log that no snapshot covers. */
export function pendingIn(facts: Facts, { log }: HeldLog): HitSet {
  const hits = new HitSet();
  const first = facts.logs.logOf(log.id);
  if (first !== undefined) hits.add(first, log.shown, log.end);
  return hits;
}
