import { isMemberField } from "../cluster/member_fields.ts";
import { fnv1a32 } from "../hash.ts";
import { isCounterName } from "../names.ts";
import type { CounterTotal } from "./counter_total.ts";
import { encodeEnded, formats } from "./entry_bytes.ts";
import { EntryFields, jsonIn } from "./entry_fields.ts";
import { encodeHead, HEAD } from "./head_encoding.ts";
import type { Ledger } from "./ledger.ts";
import type { Totals } from "./totals.ts";

/**
 * Format 1, which the release 0.1.0 reads and writes: `head`, `gone`, and `totals/00`..`totals/63`, JSON,
 * `{"counter":{"region":"total"}}`. A round writes the buckets that it changes as a whole, so the ledger must be small.
 */
export const BUCKET_NAMES = { from: "totals/", to: "totals0" };
const BUCKETS = 64;

/** Entry `gone`: one line of JSON, then 21 bytes for each ended source, oldest end first. */
export const ENDED = "gone";

/** The entries to put so that the store has `next`, of format 1. `changed`: the counters whose totals differ from those in the store. */
export function encodeChange(
  next: Ledger,
  changed: ReadonlyMap<string, CounterTotal | null>,
  endedChanged: boolean,
): Map<string, Uint8Array> {
  const puts = new Map([[HEAD, encodeHead(next)]]);
  if (endedChanged) puts.set(ENDED, encodeEnded(formats(1), next.ended));
  const touched = new Set([...changed.keys()].map(bucketOf));
  for (const [bucket, totals] of byBucket(next.totals, changed, touched))
    puts.set(bucketName(bucket), encodeBucket(totals));
  return puts;
}

/** Every entry of a ledger of format 1. */
export function encodeLedger(ledger: Ledger): Map<string, Uint8Array> {
  return encodeChange(ledger, new Map(ledger.totals), true);
}

/** Adds the totals of one bucket. Throws UnreadableLedger. */
export function decodeBucket(name: string, value: Uint8Array, totals: Totals): void {
  // A counter in another bucket would stay there when its own bucket is written.
  const isHere = (counter: string) => isCounterName(counter) && bucketName(bucketOf(counter)) === name;
  const bucket = new EntryFields(name, jsonIn(name, value));
  for (const [counter, regions] of bucket.map(isHere, regionsIn)) totals.set(counter, { regions, generation: 0 });
}

function regionsIn(bucket: EntryFields, counter: string): Map<string, bigint> {
  const isRegion = (region: string) => isMemberField("region", region);
  return bucket.fields(counter).map(isRegion, (regions, region) => regions.total(region));
}

type Bucket = Map<string, ReadonlyMap<string, bigint>>;

function encodeBucket(bucket: Bucket): Uint8Array {
  const parts: string[] = [];
  for (const [counter, regions] of bucket) {
    const totals = [...regions].map(([region, total]) => `${JSON.stringify(region)}:"${total}"`);
    parts.push(`${JSON.stringify(counter)}:{${totals.join(",")}}`);
  }
  return new TextEncoder().encode(`{${parts.join(",")}}`);
}

/** The totals of each touched bucket, as they are after the change. */
function byBucket(
  known: Totals,
  changed: ReadonlyMap<string, CounterTotal | null>,
  touched: ReadonlySet<number>,
): Map<number, Bucket> {
  const buckets = new Map([...touched].map((bucket): [number, Bucket] => [bucket, new Map()]));
  for (const [counter, { regions }] of known) buckets.get(bucketOf(counter))?.set(counter, regions);
  for (const [counter, total] of changed) {
    const bucket = buckets.get(bucketOf(counter));
    if (total) bucket?.set(counter, total.regions);
    else bucket?.delete(counter);
  }
  return buckets;
}

function bucketOf(counter: string): number {
  return fnv1a32(counter) % BUCKETS;
}

function bucketName(bucket: number): string {
  return BUCKET_NAMES.from + String(bucket).padStart(2, "0");
}
