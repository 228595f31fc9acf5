import {
  type Adjustment,
  type AdjustmentChange,
  type ImportLine,
  MAX_ADJUSTED_TOTAL,
  MAX_IMPORT_LINES,
  MAX_REASON_LENGTH,
} from "../../core/ledger/adjustment.ts";
import { auditName, decodeAuditEntry, encodeAuditEntry } from "../../core/ledger/audit_entries.ts";
import type { AdjustmentOutcome } from "../../ports/adjusting.ts";
import { convert } from "./call_messages.ts";
import { counterName, Malformed, nodeName, refuse, region, whole } from "./checks.ts";
import { toKey } from "./keyed_messages.ts";
import { type LinkMessage, toLink } from "./link_messages.ts";
import { type Codec, codec } from "./wire.ts";

/** 64-bit numbers are decimal strings here, because totals may exceed 2^53. */
type Long = string | number;

interface AdjustRequestMessage {
  readonly key: Uint8Array;
  readonly who: string;
  readonly reason: string;
  readonly set?: { counter: string; value: string; region: string; ifMatch?: Long | null } | null;
  readonly delete?: { counter: string; ifMatch?: Long | null } | null;
  readonly link?: LinkMessage | null;
  readonly unlink?: { counter: string } | null;
  readonly import?: { absent: boolean; line: Long; lines: readonly ImportLineMessage[] } | null;
}

interface ImportLineMessage {
  readonly counter: string;
  readonly value: string;
  readonly region: string;
}

interface AdjustReplyMessage {
  readonly outcome: number;
  readonly unknown: boolean;
  readonly entry: Uint8Array;
  readonly generation: Long;
  readonly counter: string;
  readonly line: Long;
  readonly waitsFor: readonly string[];
}

/** Longest name of a person with the right to adjust. */
const MAX_WHO_LENGTH = 200;

/** Each `decode` throws Malformed. */
export const adjustRequest: Codec<Adjustment> = convert(
  codec<AdjustRequestMessage>("AdjustRequest", { longs: "strings" }),
  ({ key, who, reason, change }) => ({ key: Buffer.from(key, "hex"), who, reason, ...fromChange(change) }),
  (message) => ({
    key: toKey(message.key),
    who: text(message.who, "who", MAX_WHO_LENGTH),
    reason: text(message.reason, "reason", MAX_REASON_LENGTH),
    change: toChange(message),
  }),
);

function fromChange(change: AdjustmentChange): Partial<AdjustRequestMessage> {
  if (change.action === "set") {
    const { counter, value, region, ifMatch } = change;
    return { set: { counter, value: String(value), region: region ?? "", ...(ifMatch !== null && { ifMatch }) } };
  }
  if (change.action === "delete") {
    const { counter, ifMatch } = change;
    return { delete: { counter, ...(ifMatch !== null && { ifMatch }) } };
  }
  if (change.action === "link") return { link: { counter: change.counter, url: change.url } };
  if (change.action === "unlink") return { unlink: { counter: change.counter } };
  const lines = change.lines.map(({ counter, value, region }) => {
    return { counter, value: String(value), region: region ?? "" };
  });
  return { import: { absent: change.mode === "absent", line: change.line, lines } };
}

function toChange(message: AdjustRequestMessage): AdjustmentChange {
  if (message.set) {
    const { counter, value, ifMatch, ...set } = message.set;
    return {
      action: "set",
      counter: counterName(counter),
      value: total(value),
      region: regionOrNull(set.region),
      ifMatch: generationOrNull(ifMatch),
    };
  }
  if (message.delete) {
    const { counter, ifMatch } = message.delete;
    return { action: "delete", counter: counterName(counter), ifMatch: generationOrNull(ifMatch) };
  }
  if (message.link) {
    const [counter, url] = toLink(message.link);
    return { action: "link", counter, url };
  }
  if (message.unlink) return { action: "unlink", counter: counterName(message.unlink.counter) };
  if (!message.import) return refuse("change", "nothing", "there");
  const { absent, line, lines } = message.import;
  if (lines.length > MAX_IMPORT_LINES) refuse("import", `${lines.length} lines`, `at most ${MAX_IMPORT_LINES}`);
  const mode = absent ? "absent" : "add";
  return { action: "import", mode, line: whole(Number(line), "line"), lines: lines.map(toLine) };
}

function toLine({ counter, value, region: place }: ImportLineMessage): ImportLine {
  return { counter: counterName(counter), value: total(value), region: regionOrNull(place) };
}

function total(value: string): bigint {
  const number = BigInt(value);
  return number <= MAX_ADJUSTED_TOTAL ? number : refuse("value", value, "below 2^63");
}

function regionOrNull(value: string): string | null {
  return value === "" ? null : region(value);
}

function generationOrNull(value: Long | null | undefined): number | null {
  return value === null || value === undefined ? null : whole(Number(value), "generation");
}

function text(value: string, what: string, most: number): string {
  return value.length <= most ? value : refuse(what, `${value.length} characters`, `at most ${most}`);
}

/** Refusals by their numbers on the wire. */
const REASONS = {
  3: "generation",
  4: "too-large",
  5: "reused",
  6: "expired",
  7: "too-many-counters",
  8: "ahead",
  9: "upgrading",
  10: "store-away",
  11: "too-many-waiting",
  12: "not-answered",
  13: "no-leader",
  14: "too-many-links",
  15: "too-many-deleted",
} as const;
const DONE = 1;
const DUPLICATE = 2;

export const adjustReply: Codec<AdjustmentOutcome> = convert(
  codec<AdjustReplyMessage>("AdjustReply", { longs: "strings" }),
  fromOutcome,
  toOutcome,
);

function fromOutcome(outcome: AdjustmentOutcome): AdjustReplyMessage {
  const empty = { unknown: false, entry: new Uint8Array(), generation: 0, counter: "", line: 0, waitsFor: [] };
  if (outcome.done === true)
    return {
      ...empty,
      outcome: outcome.duplicate ? DUPLICATE : DONE,
      entry: entryBytes(outcome.entry),
    };
  const found = Object.entries(REASONS).find(([, reason]) => reason === outcome.reason);
  const said = { ...empty, outcome: Number(found?.[0] ?? 0), unknown: outcome.done === "unknown" };
  if (outcome.reason === "generation") return { ...said, generation: outcome.generation };
  if (outcome.reason === "too-large") return { ...said, counter: outcome.counter, line: outcome.line ?? 0 };
  if (outcome.reason === "upgrading") return { ...said, waitsFor: outcome.waitsFor };
  return said;
}

function toOutcome(message: AdjustReplyMessage): AdjustmentOutcome {
  const { outcome, unknown } = message;
  if (outcome === DONE || outcome === DUPLICATE)
    return { done: true, duplicate: outcome === DUPLICATE, entry: toEntry(message.entry) };
  const reason = REASONS[outcome as keyof typeof REASONS] ?? refuse("outcome", outcome, "one of those known");
  switch (reason) {
    case "generation":
      return { done: false, reason, generation: whole(Number(message.generation), "generation") };
    case "too-large": {
      const line = whole(Number(message.line), "line");
      return { done: false, reason, counter: counterName(message.counter), line: line === 0 ? null : line };
    }
    case "upgrading":
      return { done: false, reason, waitsFor: message.waitsFor.map(nodeName) };
    case "expired":
    case "not-answered":
      return { done: unknown ? "unknown" : false, reason };
    default:
      return { done: false, reason };
  }
}

const KEY_BYTES = 16;

/** The key, then the entry as the store has it. */
function entryBytes(entry: Extract<AdjustmentOutcome, { done: true }>["entry"]): Uint8Array {
  return Buffer.concat([Buffer.from(entry.key, "hex"), encodeAuditEntry(entry)]);
}

function toEntry(bytes: Uint8Array) {
  const name = auditName(toKey(bytes.subarray(0, KEY_BYTES)));
  try {
    return decodeAuditEntry(name, bytes.subarray(KEY_BYTES));
  } catch (cause) {
    throw new Malformed((cause as Error).message, { cause });
  }
}
