import type { EntryRange, ScannedEntries, Writes } from "../../../internal/ports/store.ts";
import { checkWrites, isIn } from "../../../internal/ports/store_writes.ts";

/** The entries of a store that had `before`, after a transaction: what every store must have. */
export function entriesAfter(before: ReadonlyMap<string, Uint8Array>, writes: Writes) {
  checkWrites(writes);
  const { puts, ranges = [] } = writes;
  const kept = [...before].filter(([name]) => !ranges.some((range) => isIn(name, range)));
  const after = new Map([...kept, ...puts]);
  return new Map([...after].filter((entry): entry is [string, Uint8Array] => entry[1] !== null));
}

/** What `Store.scan` gives of `entries`. */
export function scanned(entries: ReadonlyMap<string, Uint8Array>, range: EntryRange, maxBytes: number): ScannedEntries {
  const chunk = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const name of [...entries.keys()].sort()) {
    if (!isIn(name, range)) continue;
    const value = entries.get(name)!;
    bytes += name.length + value.length;
    if (bytes > maxBytes && chunk.size > 0) return { entries: chunk, next: name };
    chunk.set(name, value);
  }
  return { entries: chunk, next: null };
}
