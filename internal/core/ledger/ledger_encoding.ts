import { isMemberField } from "../cluster/member_fields.ts";
import { fnv1a32 } from "../hash.ts";
import type { SourceId } from "../log/batch.ts";
import { isCounterName } from "../names.ts";
import type { CounterTotal } from "./counter_total.ts";
import { EntryFields, jsonIn, NewerFormat, UnreadableLedger } from "./entry_fields.ts";
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
 * - `totals/00`..`totals/63`: JSON, `{"counter":{"region":"total"}}`, so that people can read it with `etcdctl get --prefix`.
 */
export const HEAD = "head";
export const ENDED = "gone";
/** What the leader found when it declared the store lost (`LossRecord`). `adopt` reads it. */
export const LOST = "lost";
const TOTALS = "totals/";
const BUCKETS = 64;
const FORMAT = 1;

const SOURCE_BYTES = 14;
const ENDED_BYTES = 21;

/** What both lines begin with. */
const FORMATS = { format: FORMAT, reads: FORMAT, writes: FORMAT };

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
}

type Entries = ReadonlyMap<string, Uint8Array>;

/** The entries to put so that the store has `next`. `changed`: the counters whose totals differ from those in the store. */
export function encodeChange(
  next: Ledger,
  changed: ReadonlyMap<string, CounterTotal | null>,
  endedChanged: boolean,
): Map<string, Uint8Array> {
  const puts = new Map([[HEAD, encodeHead(next)]]);
  if (endedChanged) puts.set(ENDED, encodeEnded(next.ended));
  const touched = new Set([...changed.keys()].map(bucketOf));
  for (const [bucket, totals] of byBucket(next.totals, changed, touched))
    puts.set(bucketName(bucket), encodeBucket(totals));
  return puts;
}

/** Every entry of a ledger. */
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
    keyedSum: 0n,
    adjustedSum: 0n,
    keysForgottenTo: 0,
    adoptions: fields.list("adoptions", adoptionIn),
    terms: fields.list("terms", (term) => ({ writer: term.id("writer"), from: term.whole("from") })),
    sources,
    ended,
    totals: decodeTotals(entries),
  };
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

function encodeHead(ledger: Ledger): Uint8Array {
  const { id, version, epoch, prunedTo, adoptions, terms } = ledger;
  const line: HeadLine = {
    ...FORMATS,
    id,
    version,
    epoch,
    prunedSum: String(ledger.prunedSum),
    prunedTo,
    adoptions,
    terms,
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

function decodeSources(bytes: Uint8Array): Map<SourceId, number> {
  const view = viewOf(HEAD, bytes, SOURCE_BYTES);
  const sources = new Map<SourceId, number>();
  for (let at = 0; at < bytes.length; at += SOURCE_BYTES)
    setOnce(HEAD, sources, sourceAt(view, at), getUint48(view, at + 8));
  return sources;
}

function encodeEnded(ended: Ledger["ended"]): Uint8Array {
  const { bytes, view, at } = withLine(FORMATS, ended.size * ENDED_BYTES);
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

function withLine(line: unknown, room: number): { bytes: Uint8Array; view: DataView; at: number } {
  const head = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  const bytes = new Uint8Array(head.length + room);
  bytes.set(head);
  return { bytes, view: new DataView(bytes.buffer), at: head.length };
}

function splitLine(entry: string, bytes: Uint8Array): { fields: EntryFields; rest: Uint8Array } {
  const end = bytes.indexOf(0x0a);
  if (end === -1) throw new UnreadableLedger(entry, "it has no first line; is this another program's data?");
  const fields = new EntryFields(entry, jsonIn(entry, bytes.subarray(0, end)));
  checkFormat(entry, fields);
  return { fields, rest: bytes.subarray(end + 1) };
}

/**
 * An entry says the lowest format whose programs may read it, and the lowest whose programs may write it. A program that reads the ledger
 * also writes it. Without these fields, as the release 0.1.0 writes it, both are the entry's own format.
 */
function checkFormat(entry: string, fields: EntryFields): void {
  const format = fields.raw("format");
  if (!Number.isSafeInteger(format) || Number(format) < 1)
    throw new UnreadableLedger(
      entry,
      `it has format ${JSON.stringify(format)}, which is none; is this another program's data?`,
    );
  const needed = ["reads", "writes"].map((key) => (fields.has(key) ? fields.whole(key) : Number(format)));
  const lowest = Math.max(...needed);
  if (lowest > FORMAT) throw new NewerFormat(entry, lowest, FORMAT);
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
