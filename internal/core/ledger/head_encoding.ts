import { isHour } from "../days/hour.ts";
import { KeptKeys } from "../keys/kept_keys.ts";
import { KeptMarks } from "../marks/kept_marks.ts";
import { auditField, auditStateIn } from "./audit_state.ts";
import { decodeSources, encodeSources, formats, splitLine } from "./entry_bytes.ts";
import { type EntryFields, UnreadableLedger } from "./entry_fields.ts";
import { ENDED_PAGE, type Layout } from "./folding.ts";
import { KeptRounds } from "./kept_rounds.ts";
import { daysOf, type Ledger } from "./ledger.ts";
import type { Adoption } from "./snapshot.ts";
import { Totals } from "./totals.ts";

/**
 * Entry `head`: one line of JSON, then 14 bytes for each live source. The fence and the watermarks are one entry, so that no transaction can write
 * one without the other.
 */
export const HEAD = "head";

/** The line of `head` in format 2; that of format 1 ends with `terms`. Sums that are absent are 0. */
interface HeadLine {
  readonly format: number;
  readonly id: string;
  readonly version: number;
  readonly epoch: number;
  readonly prunedSum: string;
  readonly prunedTo: number;
  readonly adoptions: Ledger["adoptions"];
  readonly terms: Ledger["terms"];
  readonly keyedSum?: string;
  readonly adjustedSum?: string;
  readonly keysForgottenTo?: number;
  readonly keyEntries?: number;
  readonly visitorsForgottenTo?: number;
  readonly marksKept?: number;
  readonly audit?: object;
  readonly linksVersion?: number;
  /** How many links there are. */
  readonly links?: number;
  /** Hours before this one are dropped, in hours since 1970. */
  readonly daysFrom?: number;
  /** Key of the hash that divides counters among pages. A secret: with it, names can be chosen that fill one page. */
  readonly seed?: string;
  readonly turn?: number;
  readonly owed?: number;
  readonly tail?: number;
  /** How many entries `pages/list` has. */
  readonly listed?: number;
}

export function encodeHead(ledger: Ledger): Uint8Array {
  const { id, version, epoch, prunedTo, adoptions, terms, layout } = ledger;
  const line: HeadLine = {
    ...formats(layout ? 2 : 1),
    id,
    version,
    epoch,
    prunedSum: String(ledger.prunedSum),
    prunedTo,
    adoptions,
    terms,
    ...(layout && laidOut(ledger, layout)),
  };
  return encodeSources(line, ledger.sources);
}

function laidOut(ledger: Ledger, { turn, owed, tail, listed }: Layout) {
  const { keyedSum, adjustedSum, keysForgottenTo, keyEntries, visitorsForgottenTo, marksKept } = ledger;
  const { audit, linksVersion, daysFrom, totals } = ledger;
  return {
    ...(keyedSum !== 0n && { keyedSum: String(keyedSum) }),
    ...(adjustedSum !== 0n && { adjustedSum: String(adjustedSum) }),
    ...(keysForgottenTo !== 0 && { keysForgottenTo }),
    ...(keyEntries !== 0 && { keyEntries }),
    ...(visitorsForgottenTo !== 0 && { visitorsForgottenTo }),
    ...(marksKept !== 0 && { marksKept }),
    ...auditField(audit),
    ...(linksVersion !== 0 && { linksVersion, links: ledger.links.size }),
    ...(daysFrom !== 0 && { daysFrom }),
    seed: totals.seed,
    turn,
    owed,
    tail,
    ...(listed !== 0 && { listed }),
  };
}

/** The ledger that `head` describes, still without totals and ended sources. Throws UnreadableLedger. */
export function decodeHead(bytes: Uint8Array): Ledger {
  const { fields, rest } = splitLine(HEAD, bytes);
  const isLaidOut = fields.raw("format") !== 1;
  const totals = isLaidOut ? new Totals([], fields.key64("seed")) : new Totals();
  return {
    id: fields.id("id"),
    version: fields.whole("version"),
    epoch: fields.whole("epoch"),
    prunedSum: fields.decimal("prunedSum"),
    prunedTo: fields.whole("prunedTo"),
    adoptions: fields.list("adoptions", adoptionIn),
    terms: fields.list("terms", (term) => ({ writer: term.id("writer"), from: term.whole("from") })),
    keyedSum: fields.has("keyedSum") ? fields.decimal("keyedSum") : 0n,
    adjustedSum: fields.has("adjustedSum") ? fields.decimal("adjustedSum") : 0n,
    keysForgottenTo: fields.has("keysForgottenTo") ? fields.whole("keysForgottenTo") : 0,
    keys: new KeptKeys(isLaidOut ? seedOf(fields.key64("seed")) : 0),
    keyEntries: fields.has("keyEntries") ? fields.whole("keyEntries") : 0,
    visitorsForgottenTo: fields.has("visitorsForgottenTo") ? fields.whole("visitorsForgottenTo") : 0,
    marks: new KeptMarks(),
    marksKept: fields.has("marksKept") ? fields.whole("marksKept") : 0,
    audit: auditStateIn(HEAD, fields),
    links: new Map(),
    linksVersion: fields.has("linksVersion") ? fields.whole("linksVersion") : 0,
    sources: decodeSources(HEAD, rest),
    ended: new Map(),
    totals,
    days: daysOf(totals),
    daysFrom: daysFromIn(fields),
    layout: isLaidOut ? layoutIn(fields) : null,
  };
}

/** How many links `head` says there are; null: it does not say. Throws UnreadableLedger. */
export function linksIn(head: Uint8Array): number | null {
  const { fields } = splitLine(HEAD, head);
  if (!fields.has("linksVersion")) return 0;
  return fields.has("links") ? fields.whole("links") : null;
}

function daysFromIn(fields: EntryFields): number {
  const from = fields.has("daysFrom") ? fields.whole("daysFrom") : 0;
  if (!isHour(from)) throw new UnreadableLedger(HEAD, `its daysFrom must be an hour since 1970, not ${from}`);
  return from;
}

/** Clients choose keys, so where they lie in memory depends on the ledger's secret. */
function seedOf(seed: string): number {
  return Number.parseInt(seed.slice(0, 8), 16);
}

function layoutIn(fields: EntryFields): Layout {
  const [turn, owed, tail] = [fields.whole("turn"), fields.whole("owed"), fields.whole("tail")];
  if (turn > ENDED_PAGE) throw new UnreadableLedger(HEAD, `its turn must be at most ${ENDED_PAGE}, not ${turn}`);
  if (tail > fields.whole("version"))
    throw new UnreadableLedger(HEAD, `its tail ${tail} is past its version ${fields.whole("version")}`);
  const listed = fields.has("listed") ? fields.whole("listed") : 0;
  return { turn, owed, tail, listed, rounds: new KeptRounds() };
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
