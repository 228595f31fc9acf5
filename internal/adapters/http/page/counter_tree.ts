import type { CounterTotals } from "../../../core/ledger/snapshot.ts";
import type { Counting } from "../../../ports/counting.ts";

/** A counter, or all whose names go on with a `/`. */
export type TreeEntry =
  | { readonly kind: "counter"; readonly name: string; readonly totals: CounterTotals }
  /** `name` ends with `/`. */
  | { readonly kind: "folder"; readonly name: string };

/** Greater than every character of a name. */
const LAST = "\uffff";

/**
 * Up to `limit` entries after the entry `after` whose names begin with `prefix`, in order. Names with a `/` after the prefix are one folder, so the work
 * depends on `limit` and not on how many counters there are.
 */
export function treeOf(counting: Counting, prefix: string, after: string, limit: number): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let cursor = after.endsWith("/") ? after + LAST : after;
  if (after === "" && prefix !== "") {
    // `list` has what comes after a name, so the counter that is named like the prefix comes first.
    cursor = prefix;
    const reading = counting.read(prefix);
    if (reading && reading.regions.size > 0)
      entries.push({ kind: "counter", name: prefix, totals: { counter: prefix, regions: reading.regions } });
  }
  while (entries.length < limit) {
    const [totals] = counting.list(cursor, 1);
    if (totals === undefined || !totals.counter.startsWith(prefix)) break;
    const end = totals.counter.indexOf("/", prefix.length);
    const name = end === -1 ? totals.counter : totals.counter.slice(0, end + 1);
    entries.push(end === -1 ? { kind: "counter", name, totals } : { kind: "folder", name });
    cursor = end === -1 ? name : name + LAST;
  }
  return entries;
}
