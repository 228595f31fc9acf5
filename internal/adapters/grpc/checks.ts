import { isMemberField, MEMBER_FIELDS } from "../../core/cluster/member_fields.ts";
import { type Day, HOURS_A_DAY, type Hour, isHour } from "../../core/days/hour.ts";
import type { SourceId } from "../../core/log/batch.ts";
import { isCounterName } from "../../core/names.ts";

/** A peer's message has an invalid value, which the error names. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** Largest offset, and the most hits of one counter in a message. */
const MAX_OFFSET = 2 ** 48 - 1;
const MAX_VERSION = 2 ** 40;
const SOURCE_BYTES = 8;
/** ECMA-262, 21.4.1.1. */
const MAX_DATE_MS = 8.64e15;

/** The id of a node or of a ledger. */
export function id(value: string, what: string): string {
  return memberField("id", value, what);
}

export function source(bytes: Uint8Array): SourceId {
  if (bytes.length !== SOURCE_BYTES) return refuse("source", `${bytes.length} bytes`, `${SOURCE_BYTES} bytes`);
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString("hex");
}

export function region(value: string): string {
  return memberField("region", value);
}

export function nodeName(value: string): string {
  return memberField("name", value);
}

/** `host:port`. */
export function peerAddress(value: string): string {
  return memberField("peerAddress", value);
}

export function webAddress(value: string): string {
  return memberField("url", value);
}

function memberField(field: keyof typeof MEMBER_FIELDS, value: string, what = MEMBER_FIELDS[field].label): string {
  return isMemberField(field, value) ? value : refuse(what, value, MEMBER_FIELDS[field].wanted);
}

export function counterName(value: string): string {
  return isCounterName(value) ? value : refuse("counter", value, "a counter name");
}

/** A version of a ledger: ten a second for three thousand years reach this limit. */
export function version(value: number, what: string): number {
  return Number.isSafeInteger(value) && value >= 0 && value <= MAX_VERSION
    ? value
    : refuse(what, value, "a whole number up to 2^40, which no store can pass");
}

/** An epoch or a round: a whole number from 0 that a double holds exactly. */
export function whole(value: number, what: string): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : refuse(what, value, "a whole number below 2^53");
}

export function offset(value: number, what: string): number {
  return Number.isSafeInteger(value) && value >= 0 && value <= MAX_OFFSET
    ? value
    : refuse(what, value, "a whole number below 2^48");
}

/** An hour since 1970. */
export function hour(value: number): Hour {
  return isHour(value) ? value : refuse("hour", value, "an hour since 1970, before the year 10000");
}

/** A day since 1970. */
export function day(value: number): Day {
  return isHour(value * HOURS_A_DAY) ? value : refuse("day", value, "a day since 1970, before the year 10000");
}

/** Hits of one counter. */
export function hits(value: number, counter: string): number {
  return value > 0 ? offset(value, `hits of ${counter}`) : refuse(`hits of ${counter}`, value, "at least 1");
}

/** Milliseconds up to the latest time of a JavaScript Date: a later one would break a page. */
export function time(value: number, what: string): number {
  return value >= 0 && value <= MAX_DATE_MS ? value : refuse(what, value, `milliseconds from 0 to ${MAX_DATE_MS}`);
}

/** The format of messages that this program speaks, and the newest that it knows. */
export const WIRE_FORMAT = 1;

/** `lowest`: the format that a peer says one must know to understand it; 0 from a peer of 0.1.0, which does not say. */
export function knownFormat(lowest: number): void {
  if (lowest > WIRE_FORMAT)
    throw new Malformed(
      `its messages have format ${lowest}, and this program knows only format ${WIRE_FORMAT}; upgrade it`,
    );
}

/** A required part of a message. */
export function present<T>(value: T | null | undefined, what: string): T {
  return value ?? refuse(what, "nothing", "there");
}

export function refuse(what: string, value: unknown, wanted: string): never {
  throw new Malformed(`${what} must be ${wanted}, not ${JSON.stringify(value)?.slice(0, 80)}`);
}
