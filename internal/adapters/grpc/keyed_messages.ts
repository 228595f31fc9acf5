import { isKeyId, type KeyId } from "../../core/keys/idempotency_key.ts";
import type { KeyedHit, KeyedOffers, KeyedVerdicts, KeyVerdict } from "../../core/keys/keyed_hit.ts";
import { isHitCount } from "../../core/names.ts";
import { counterName, hour, refuse, region, source, whole } from "./checks.ts";
import { sourceBytes } from "./log_messages.ts";

export interface KeyedOffersMessage {
  readonly life: Uint8Array;
  readonly region: string;
  readonly hits: readonly KeyedHitMessage[];
}

interface KeyedHitMessage extends Omit<KeyedHit, "key" | "hour"> {
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

export function fromKeyedOffers({ life, region, hits }: KeyedOffers): KeyedOffersMessage {
  return { life: sourceBytes(life), region, hits: hits.map(fromKeyedHit) };
}

export function toKeyedOffers(message: KeyedOffersMessage): KeyedOffers {
  return { life: source(message.life), region: region(message.region), hits: message.hits.map(toKeyedHit) };
}

export function fromKeyedVerdicts({ life, verdicts }: KeyedVerdicts): KeyedVerdictsMessage {
  const numbers = [...verdicts.values()].map((verdict) => VERDICTS.indexOf(verdict));
  return { life: sourceBytes(life), offers: [...verdicts.keys()], verdicts: numbers };
}

export function toKeyedVerdicts({ life, offers, verdicts }: KeyedVerdictsMessage): KeyedVerdicts {
  if (offers.length !== verdicts.length) refuse("verdicts", `${verdicts.length} of them`, `${offers.length}`);
  const numbers = offers.map((number) => whole(number, "number of an offer"));
  return { life: source(life), verdicts: new Map(numbers.map((number, at) => [number, toVerdict(verdicts[at] ?? 0)])) };
}

function fromKeyedHit({ number, key, counter, by, hour }: KeyedHit): KeyedHitMessage {
  return { number, key: Buffer.from(key, "hex"), counter, by, hour: hour ?? null };
}

function toKeyedHit({ number, key, counter, by, hour: at = null }: KeyedHitMessage): KeyedHit {
  if (!isHitCount(by)) refuse("hits with a key", by, "as many as one request may add");
  const hit = { number: whole(number, "number of an offer"), key: toKey(key), counter: counterName(counter), by };
  return at === null ? hit : { ...hit, hour: hour(at) };
}

export function toKey(bytes: Uint8Array): KeyId {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return isKeyId(key) ? key : refuse("key", key, "a UUIDv7");
}

function toVerdict(number: number): KeyVerdict {
  return VERDICTS[number] ?? refuse("verdict", number, "one of four");
}
