import type { Cuts, HitsInHours } from "../../core/days/day_changes.ts";
import type { Adoption, CopyPart, CounterTotals, KeyedLedger, LedgerChange } from "../../core/ledger/snapshot.ts";
import { counterName, day, hour, id, nodeName, present, refuse, region, whole } from "./checks.ts";
import { fromLinks, type LinksMessage, toLinks } from "./link_messages.ts";
import { fromMarkLedger, type MarkLedgerMessage, toMarkLedger } from "./mark_messages.ts";
import { codec } from "./wire.ts";

/** 64-bit numbers are decimal strings here, because totals may exceed 2^53. */
interface LedgerChangeMessage {
  readonly ledger: { readonly id: string; readonly version: Long; readonly writer: string } | null;
  readonly since?: Long | null;
  readonly regions: readonly string[];
  readonly totals: readonly CounterTotalsMessage[];
  readonly prunedTo: Long;
  readonly adoptions: readonly AdoptionMessage[];
  readonly share: { readonly counters: Long; readonly bytes: Long } | null;
  readonly keyed?: KeyedLedgerMessage | null;
  readonly marks?: MarkLedgerMessage | null;
  readonly links?: LinksMessage | null;
  readonly copy?: CopyPartMessage | null;
  readonly format: number;
  readonly hours: readonly HourOfHitsMessage[];
  readonly cuts: readonly CutMessage[];
  readonly hoursFrom: number;
}

interface CutMessage {
  readonly counter: number;
  readonly version: Long;
  readonly day: number;
}

interface HourOfHitsMessage {
  readonly hour: number;
  readonly counter: readonly number[];
  readonly hits: readonly Long[];
}

interface KeyedLedgerMessage {
  readonly forgottenTo?: Long | null;
  readonly waitsFor: readonly string[];
}

interface CopyPartMessage {
  readonly first: number;
  readonly pages: number;
  readonly of: number;
  readonly sum: string;
}

/** Encoded from a number or a string, decoded as a string. */
type Long = string | number;

interface CounterTotalsMessage {
  readonly counter: string;
  readonly region: readonly number[];
  readonly total: readonly Long[];
  readonly generation: Long;
}

interface AdoptionMessage {
  readonly ledger: string;
  readonly next: string;
  readonly version: Long;
  readonly clean: boolean;
}

const ledgerChange = codec<LedgerChangeMessage>("LedgerChange", { longs: "strings" });

export function encodeLedgerChange(change: LedgerChange): Buffer {
  const regions = new Map<string, number>();
  const totals = change.totals.map((counter) => fromTotals(counter, regions));
  const copy = change.copy ? { ...change.copy, sum: String(change.copy.sum) } : null;
  const marks = change.marks ? fromMarkLedger(change.marks) : null;
  const links = change.links ? fromLinks(change.links) : null;
  const { format = 1, hoursFrom = 0 } = change;
  const more = { copy, marks, links, format, hours: fromHours(change), cuts: fromCuts(change), hoursFrom };
  return ledgerChange.encode({ ...change, regions: [...regions.keys()], totals, ...more });
}

/** Throws Malformed. */
export function decodeLedgerChange(bytes: Uint8Array): LedgerChange {
  const message = ledgerChange.decode(bytes);
  const {
    ledger,
    since = null,
    regions,
    totals,
    prunedTo,
    adoptions,
    share,
    copy,
    keyed = null,
    marks,
    links,
    format,
    hoursFrom,
  } = message;
  const { id: ledgerId, version, writer } = present(ledger, "ledger");
  const { counters, bytes: shareBytes } = present(share, "share");
  const names = regions.map(region);
  return {
    ledger: { id: id(ledgerId, "ledger"), version: long(version, "version"), writer: id(writer, "writer") },
    since: since === null ? null : long(since, "since"),
    totals: totals.map((message) => toTotals(message, names)),
    prunedTo: long(prunedTo, "pruned to"),
    adoptions: adoptions.map(toAdoption),
    share: { counters: long(counters, "share of counters"), bytes: long(shareBytes, "share of bytes") },
    keyed: keyed && toKeyedLedger(keyed),
    ...(marks && { marks: toMarkLedger(marks) }),
    ...(links && { links: toLinks(links) }),
    ...(copy && { copy: toCopyPart(copy) }),
    format: format || 1,
    hours: toHours(message),
    cuts: toCuts(message),
    hoursFrom: hour(hoursFrom),
  };
}

function fromHours({ totals, hours = new Map() }: LedgerChange): HourOfHitsMessage[] {
  const places = new Map(totals.map(({ counter }, place) => [counter, place]));
  return [...hours].map(([hour, hits]) => ({
    hour,
    counter: [...hits.keys()].map((counter) => places.get(counter) as number),
    hits: [...hits.values()],
  }));
}

function toHours({ hours, totals }: LedgerChangeMessage): HitsInHours {
  return new Map(hours.map((message) => [hour(message.hour), toHits(message, totals)]));
}

function fromCuts({ totals, cuts = new Map() }: LedgerChange): CutMessage[] {
  const places = new Map(totals.map(({ counter }, place) => [counter, place]));
  return [...cuts].map(([counter, cut]) => ({ counter: places.get(counter) as number, ...cut }));
}

function toCuts({ cuts, totals }: LedgerChangeMessage): Cuts {
  return new Map(
    cuts.map(({ counter: at, version, day: on }) => {
      const { counter } = totals[at] ?? refuse("counter that was deleted", at, `below ${totals.length}`);
      return [counterName(counter), { version: long(version, "version of a deletion"), day: day(on) }];
    }),
  );
}

function toHits({ counter, hits }: HourOfHitsMessage, totals: LedgerChangeMessage["totals"]): Map<string, number> {
  if (counter.length !== hits.length) refuse("hits of an hour", `${hits.length} numbers`, `${counter.length} numbers`);
  const names = counter.map((at) => totals[at]?.counter ?? refuse("counter of an hour", at, `below ${totals.length}`));
  return new Map(names.map((name, at) => [counterName(name), long(hits[at] ?? 0, "hits of an hour")]));
}

function toCopyPart({ first, pages, of, sum }: CopyPartMessage): CopyPart {
  if (pages > of || first >= of) refuse("copy", `${pages} of ${of} pages from ${first} on`, "a part");
  return { first, pages, of, sum: BigInt(sum) };
}

function fromTotals(
  { counter, regions: totals, generation }: CounterTotals,
  regions: Map<string, number>,
): CounterTotalsMessage {
  const region: number[] = [];
  const total: Long[] = [];
  for (const [name, hits] of totals) {
    const known = regions.get(name);
    region.push(known ?? regions.size);
    if (known === undefined) regions.set(name, regions.size);
    // protobufjs reads a string digit by digit.
    total.push(hits <= Number.MAX_SAFE_INTEGER ? Number(hits) : String(hits));
  }
  return { counter, region, total, generation: generation ?? 0 };
}

function toTotals(
  { counter, region, total, generation }: CounterTotalsMessage,
  names: readonly string[],
): CounterTotals {
  if (region.length !== total.length) refuse("totals", `${total.length} numbers`, `${region.length} numbers`);
  const regions = region.map((at) => names[at] ?? refuse("region", at, `below ${names.length}`));
  return {
    counter: counterName(counter),
    regions: new Map(regions.map((name, at) => [name, BigInt(total[at]!)])),
    generation: long(generation, "generation"),
  };
}

function toAdoption({ ledger, next, version, clean }: AdoptionMessage): Adoption {
  return {
    ledger: id(ledger, "adopted ledger"),
    next: id(next, "next ledger"),
    version: long(version, "version"),
    clean,
  };
}

function toKeyedLedger({ forgottenTo = null, waitsFor }: KeyedLedgerMessage): KeyedLedger {
  return {
    forgottenTo: forgottenTo === null ? null : long(forgottenTo, "forgotten to"),
    waitsFor: waitsFor.map(nodeName),
  };
}

function long(value: Long, what: string): number {
  return whole(Number(value), what);
}
