import { isMemberField } from "../cluster/member_fields.ts";
import { fnv1a32 } from "../hash.ts";
import type { KeyId } from "../keys/idempotency_key.ts";
import type { SourceId } from "../log/batch.ts";
import { isCounterName } from "../names.ts";
import type { CounterTotal } from "./counter_total.ts";
import { EntryFields, jsonIn, UnreadableLedger } from "./entry_fields.ts";
import { formatsOf, splitLine, withLine } from "./entry_line.ts";
import { decodeKeys, encodeKeys, keyEntryName } from "./key_entries.ts";
import type { EndedSource, Ledger, Term } from "./ledger.ts";
import type { Adoption } from "./snapshot.ts";
import { Totals } from "./totals.ts";

/**
 * The ledger's entries in the store. Numbers are big-endian.
 *
 * - `head`: one line of JSON, then 14 bytes for each live source (id 8, watermark 6). The fence and the watermarks are one entry, so that
 *   no transaction can write one without the other.
 * - `gone`: one line of JSON, then 21 bytes for each ended source (id 8, watermark 6, version of its end 6, 1 if complete), oldest end
 *   first.
 * - `keys/<version>`: the keys that this version counted (`key_entries.ts`).
 * - `totals/00`..`totals/63`: JSON, `{"counter":{"region":"total"}}`, so that people can read it with `etcdctl get --prefix`.
 */
export const HEAD = "head";
export const ENDED = "gone";
/** What the leader found when it declared the store lost (`LossRecord`). `adopt` reads it. */
export const LOST = "lost";
const TOTALS = "totals/";
const BUCKETS = 64;

const SOURCE_BYTES = 14;
const ENDED_BYTES = 21;

/** The first format that has keys. */
const KEYED_FORMAT = 2;

interface HeadLine {
  readonly format: number;
  /** The lowest format whose programs may read the ledger, and that of those that may write it. */
  readonly reads: number;
  readonly writes: number;
  readonly id: string;
  readonly version: number;
  readonly epoch: number;
  readonly prunedSum: string;
  readonly prunedTo: number;
  readonly adoptions: readonly Adoption[];
  readonly terms: readonly Term[];
  readonly keyedSum?: string;
  readonly keysForgottenTo?: number;
  /** Number of entries `keys/<version>`: one that is missing would let its keys count again. */
  readonly keyEntries?: number;
}

type Entries = ReadonlyMap<string, Uint8Array>;

/** What a transaction does with keys: those that it counts, with their content, and the version up to which it deletes their entries. */
export interface KeyChange {
  readonly added: ReadonlyMap<KeyId, number>;
  readonly deletedTo: number;
}

const NO_KEYS: KeyChange = { added: new Map(), deletedTo: 0 };

/** The entries to put so that the store has `next`. `changed`: the counters whose totals differ from those in the store. */
export function encodeChange(
  next: Ledger,
  changed: ReadonlyMap<string, CounterTotal | null>,
  endedChanged: boolean,
  keys: KeyChange = NO_KEYS,
): Map<string, Uint8Array> {
  const kept = next.keys.entries.filter(({ version }) => version > keys.deletedTo).length;
  const puts = new Map([[HEAD, encodeHead(next, kept + (keys.added.size > 0 ? 1 : 0))]]);
  if (keys.added.size > 0) puts.set(keyEntryName(next.version), encodeKeys(keys.added));
  if (endedChanged) puts.set(ENDED, encodeEnded(next.ended));
  const touched = new Set([...changed.keys()].map(bucketOf));
  for (const [bucket, totals] of byBucket(next.totals, changed, touched))
    puts.set(bucketName(bucket), encodeBucket(totals));
  return puts;
}

/** Every entry of a ledger but those of its keys, which stay as they are. */
export function encodeLedger(ledger: Ledger): Map<string, Uint8Array> {
  return encodeChange(ledger, new Map(ledger.totals), true);
}

/** The ledger in `entries`; null if there is none. Throws UnreadableLedger, whatever the bytes are. */
export function decodeLedger(entries: Entries): Ledger | null {
  const head = entries.get(HEAD);
  if (!head) return null;
  const { fields, rest } = splitLine(HEAD, head);
  const sources = decodeSources(rest);
  const ended = decodeEnded(entries.get(ENDED));
  const twice = [...ended.keys()].find((source) => sources.has(source));
  if (twice !== undefined)
    throw new UnreadableLedger(ENDED, `source ${twice} ended, and is in "${HEAD}" as one that goes on`);
  return {
    id: fields.id("id"),
    version: fields.whole("version"),
    epoch: fields.whole("epoch"),
    prunedSum: fields.decimal("prunedSum"),
    prunedTo: fields.whole("prunedTo"),
    adjustedSum: 0n,
    adoptions: fields.list("adoptions", adoptionIn),
    terms: fields.list("terms", (term) => ({ writer: term.id("writer"), from: term.whole("from") })),
    sources,
    ended,
    totals: decodeTotals(entries),
    ...keysIn(fields, entries),
  };
}

/** Absent fields are 0. */
function keysIn(fields: EntryFields, entries: Entries): Pick<Ledger, "keyedSum" | "keysForgottenTo" | "keys"> {
  const keysForgottenTo = wholeOr0(fields, "keysForgottenTo");
  const keys = decodeKeys(entries, {
    forgottenTo: keysForgottenTo,
    version: fields.whole("version"),
    seed: seedIn(fields),
  });
  const [found, wanted] = [keys.entries.length, wholeOr0(fields, "keyEntries")];
  if (found !== wanted) throw new UnreadableLedger(HEAD, `there are ${found} entries of keys, and not ${wanted}`);
  return { keyedSum: fields.has("keyedSum") ? fields.decimal("keyedSum") : 0n, keysForgottenTo, keys };
}

/** Nobody but the cluster knows the ids of terms. */
function seedIn(fields: EntryFields): number {
  return fnv1a32(fields.list("terms", (term) => term.id("writer")).at(-1) ?? "");
}

function wholeOr0(fields: EntryFields, name: string): number {
  return fields.has(name) ? fields.whole(name) : 0;
}

/** Throws UnreadableLedger. */
export function adoptionIn(adoption: EntryFields): Adoption {
  return {
    ledger: adoption.id("ledger"),
    next: adoption.id("next"),
    version: adoption.whole("version"),
    clean: adoption.flag("clean"),
  };
}

function encodeHead(ledger: Ledger, keyEntries: number): Uint8Array {
  const { id, version, epoch, prunedTo, adoptions, terms, keysForgottenTo } = ledger;
  const keyed = { keyedSum: String(ledger.keyedSum), keysForgottenTo, keyEntries };
  const line: HeadLine = {
    ...formatsOf(formatOf(ledger)),
    id,
    version,
    epoch,
    prunedSum: String(ledger.prunedSum),
    prunedTo,
    adoptions,
    terms,
    ...(keysForgottenTo > 0 && keyed),
  };
  const { bytes, view, at } = withLine(line, ledger.sources.size * SOURCE_BYTES);
  let offset = at;
  for (const [source, watermark] of ledger.sources) {
    view.setBigUint64(offset, BigInt(`0x${source}`));
    setUint48(view, offset + 8, watermark);
    offset += SOURCE_BYTES;
  }
  return bytes;
}

/** Programs that know no keys must not write a ledger that has some. */
function formatOf({ keysForgottenTo }: Ledger): number {
  return keysForgottenTo > 0 ? KEYED_FORMAT : 1;
}

function decodeSources(bytes: Uint8Array): Map<SourceId, number> {
  const view = viewOf(HEAD, bytes, SOURCE_BYTES);
  const sources = new Map<SourceId, number>();
  for (let at = 0; at < bytes.length; at += SOURCE_BYTES)
    setOnce(HEAD, sources, sourceAt(view, at), getUint48(view, at + 8));
  return sources;
}

function encodeEnded(ended: Ledger["ended"]): Uint8Array {
  const { bytes, view, at } = withLine(formatsOf(1), ended.size * ENDED_BYTES);
  let offset = at;
  for (const [source, { watermark, version, complete }] of ended) {
    view.setBigUint64(offset, BigInt(`0x${source}`));
    setUint48(view, offset + 8, watermark);
    setUint48(view, offset + 14, version);
    view.setUint8(offset + 20, complete ? 1 : 0);
    offset += ENDED_BYTES;
  }
  return bytes;
}

function decodeEnded(entry: Uint8Array | undefined): Map<SourceId, EndedSource> {
  const ended = new Map<SourceId, EndedSource>();
  if (!entry) return ended;
  const { rest } = splitLine(ENDED, entry);
  const view = viewOf(ENDED, rest, ENDED_BYTES);
  for (let at = 0; at < rest.length; at += ENDED_BYTES) {
    const complete = view.getUint8(at + 20);
    if (complete > 1)
      throw new UnreadableLedger(ENDED, `byte ${complete} says neither that a source is complete nor that it is not`);
    setOnce(ENDED, ended, sourceAt(view, at), {
      watermark: getUint48(view, at + 8),
      version: getUint48(view, at + 14),
      complete: complete === 1,
    });
  }
  return ended;
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

function decodeTotals(entries: Entries): Totals {
  const totals = new Totals();
  for (const [name, value] of entries) {
    if (!name.startsWith(TOTALS)) continue;
    // A counter in another bucket would stay there when its own bucket is written.
    const isHere = (counter: string) => isCounterName(counter) && bucketName(bucketOf(counter)) === name;
    const bucket = new EntryFields(name, jsonIn(name, value));
    for (const [counter, regions] of bucket.map(isHere, regionsIn)) totals.set(counter, { regions, generation: 0 });
  }
  return totals;
}

function regionsIn(bucket: EntryFields, counter: string): Map<string, bigint> {
  const isRegion = (region: string) => isMemberField("region", region);
  return bucket.fields(counter).map(isRegion, (regions, region) => regions.total(region));
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
  return TOTALS + String(bucket).padStart(2, "0");
}

function setOnce<T>(entry: string, map: Map<SourceId, T>, source: SourceId, value: T): void {
  if (map.has(source)) throw new UnreadableLedger(entry, `source ${source} stands in it twice`);
  map.set(source, value);
}

function viewOf(entry: string, bytes: Uint8Array, record: number): DataView {
  if (bytes.length % record !== 0)
    throw new UnreadableLedger(entry, `${bytes.length} bytes are not a multiple of ${record}; it is cut short`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sourceAt(view: DataView, at: number): SourceId {
  return view.getBigUint64(at).toString(16).padStart(16, "0");
}

function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}

function getUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}
