import { areKeyBytes, type KeyId } from "../../core/keys/idempotency_key.ts";
import type { KeyedHit, KeyedOffers, KeyedVerdicts, KeyVerdict } from "../../core/keys/keyed_hit.ts";
import { isHitCount } from "../../core/names.ts";
import { counterName, hour, refuse, region, source, whole } from "./checks.ts";
import type { WireWriter } from "./wire_writer.ts";

export interface KeyedOffersMessage {
  readonly life: Uint8Array;
  readonly region: string;
  readonly hits: readonly KeyedHitMessage[];
}

export interface KeyedHitMessage extends Omit<KeyedHit, "key" | "hour"> {
  readonly key: Uint8Array;
  readonly hour?: number | null;
}

export interface KeyedVerdictsMessage {
  readonly life: Uint8Array;
  readonly offers: readonly number[];
  readonly verdicts: readonly number[];
}

/** Verdicts by their numbers on the wire. */
const VERDICTS: readonly (KeyVerdict | null)[] = [null, "counted", "duplicate", "reused", "expired"];

/** Writes the fields of KeyedOffers. A node offers thousands of hits a second, and protobufjs makes a dozen objects of each. */
export function writeKeyedOffers(writer: WireWriter, { life, region, hits }: KeyedOffers): void {
  writer.hex(10, life);
  writer.text(18, region);
  for (const hit of hits) writeKeyedHit(writer, hit);
}

export function toKeyedOffers(message: KeyedOffersMessage): KeyedOffers {
  return { life: source(message.life), region: region(message.region), hits: message.hits.map(toKeyedHit) };
}

/** Writes the fields of KeyedVerdicts. */
export function writeKeyedVerdicts(writer: WireWriter, { life, verdicts }: KeyedVerdicts): void {
  writer.hex(10, life);
  writer.numbers(18, verdicts.keys());
  writer.numbers(
    26,
    verdicts.values().map((verdict) => VERDICTS.indexOf(verdict)),
  );
}

export function toKeyedVerdicts({ life, offers, verdicts }: KeyedVerdictsMessage): KeyedVerdicts {
  if (offers.length !== verdicts.length) refuse("verdicts", `${verdicts.length} of them`, `${offers.length}`);
  const byNumber = new Map<number, KeyVerdict>();
  for (const [at, number] of offers.entries())
    byNumber.set(whole(number, "number of an offer"), toVerdict(verdicts[at] ?? 0));
  return { life: source(life), verdicts: byNumber };
}

function writeKeyedHit(writer: WireWriter, { number, key, counter, by, hour }: KeyedHit): void {
  const start = writer.begin(26);
  writer.number(8, number);
  writer.hex(18, key);
  writer.text(26, counter);
  writer.number(32, by);
  if (hour !== undefined) writer.number(40, hour);
  writer.end(start);
}

function toKeyedHit({ number, key, counter, by, hour: at = null }: KeyedHitMessage): KeyedHit {
  if (!isHitCount(by)) refuse("hits with a key", by, "as many as one request may add");
  const hit = { number: whole(number, "number of an offer"), key: toKey(key), counter: counterName(counter), by };
  return at === null ? hit : { ...hit, hour: hour(at) };
}

export function toKey(bytes: Uint8Array): KeyId {
  const key = (bytes instanceof Buffer ? bytes : Buffer.from(bytes)).toString("hex");
  return areKeyBytes(bytes) ? key : refuse("key", key, "a UUIDv7");
}

function toVerdict(number: number): KeyVerdict {
  return VERDICTS[number] ?? refuse("verdict", number, "one of four");
}
