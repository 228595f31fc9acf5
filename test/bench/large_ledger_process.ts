import { type Hour, hourAt } from "../../internal/core/days/hour.ts";
import { encodeDay } from "../../internal/core/ledger/day_entries.ts";
import { audit, type Ledger } from "../../internal/core/ledger/ledger.ts";
import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import { encodePage } from "../../internal/core/ledger/pages_encoding.ts";
import { type RoundPlan, Rounds } from "../../internal/core/ledger/rounds.ts";
import type { Batch } from "../../internal/core/log/batch.ts";
import { SeededRandom } from "../simulation/seeded_random.ts";
import { entriesOf, ledgerOf } from "./many_counters_ledger.ts";

export interface LargeLedgerOrder {
  readonly counters: number;
  readonly rounds: number;
  /** Counters with new hits in each round. */
  readonly changed: number;
}

/** What this process tells once, after the order. */
export interface LargeLedgerNews {
  readonly kind: "led";
  /** CPU milliseconds of each round: planned, folded, encoded and settled. */
  readonly cpuMs: readonly number[];
  /** Bytes of names and values that each round wrote. */
  readonly bytes: readonly number[];
  /** The most bytes of kept rounds, and the bytes of all pages and their days at the end, if all of them were folded then. */
  readonly log: number;
  readonly pages: number;
  /** CPU milliseconds of reading all entries once more, and adding them up. */
  readonly readingMs: number;
}

const NODES = 10;
const REGIONS = ["local", "other"];
const HOUR_MS = 3_600_000;
const ROUND_MS = 1_000;
/** Shortly before midnight, so that there are several hours and two days. */
const BEGIN_MS = Date.parse("2026-11-29T23:40:00Z");
/** No key is counted, but with these terms hits have hours. */
const KEYS = { window: HOUR_MS, budget: 0, node: "bench" };
const RETENTION = { silence: HOUR_MS, afterEnd: HOUR_MS, ended: 10 };

process.once("message", (order) => process.send?.(lead(order as LargeLedgerOrder)));

function lead({ counters, rounds, changed }: LargeLedgerOrder): LargeLedgerNews {
  const ledger = ledgerOf(counters);
  const entries = new Map(entriesOf(ledger));
  const names = [...ledger.totals].map(([name]) => name);
  const leading = new Rounds({ epoch: 1, writer: "bench" }, ledger, 1, { bytes: 1 << 30 }, RETENTION, 0);
  const random = new SeededRandom(1);
  const [cpuMs, bytes]: [number[], number[]] = [[], []];
  let log = 0;
  for (let round = 1; round <= rounds; round++) {
    const wall = BEGIN_MS + round * ROUND_MS;
    collect(leading, changedNames(random, names, changed), hourAt(wall));
    const cpu = process.threadCpuUsage();
    const plan = leading.plan(0, { keyed: { ...KEYS, wall } });
    if (!plan?.fits) throw new Error(`round ${round} has no transaction that fits`);
    leading.settle(plan, 1 + round, 0);
    cpuMs.push(millisecondsSince(cpu));
    bytes.push(plan.bytes);
    write(entries, plan);
    log = Math.max(log, leading.ledger.layout?.rounds.bytes ?? 0);
  }
  const pages = bytesOfPages(leading.ledger);
  const cpu = process.threadCpuUsage();
  const read = decodeLedger(entries);
  if (!read) throw new Error("no ledger was written");
  audit(read);
  const readingMs = millisecondsSince(cpu);
  if (read.totals.sum !== leading.ledger.totals.sum) throw new Error("what was read is not what was written");
  return { kind: "led", cpuMs, bytes, log, pages, readingMs };
}

/** Each node has new hits of its share of the counters. */
function collect(leading: Rounds, names: readonly string[], hour: Hour): void {
  const { id, version, sources } = leading.ledger;
  const reply = { epoch: leading.epoch, round: leading.begin(), sources: [] };
  for (let node = 0; node < NODES; node++) {
    const source = node.toString(16).padStart(16, "0");
    const counts = new Map(names.filter((_, at) => at % NODES === node).map((name) => [name, 1]));
    const from = sources.get(source) ?? 0;
    const region = REGIONS[node % REGIONS.length] as string;
    const hits = { from, to: from + counts.size, counts, hour, last: false };
    const batch: Batch = { source, region, base: 0, firstOffer: { id, version }, ...hits };
    leading.accept(source, { ...reply, batches: [batch] }, 0);
  }
}

function changedNames(random: SeededRandom, names: readonly string[], changed: number): string[] {
  const chosen = new Set<string>();
  while (chosen.size < changed) chosen.add(random.pick(names));
  return [...chosen];
}

/** As a store does. */
function write(entries: Map<string, Uint8Array>, { puts, ranges }: RoundPlan): void {
  for (const { from, to } of ranges)
    for (const name of entries.keys()) if (from <= name && name < to) entries.delete(name);
  for (const [name, value] of puts) if (value) entries.set(name, value);
}

/** Bytes of all pages and their days, if all of them were folded now. */
function bytesOfPages({ version, totals, days }: Ledger): number {
  let bytes = 0;
  for (const page of totals.pages()) {
    const there = days.daysOf(page);
    bytes += encodePage(version, totals.counters(page), there).length;
    for (const day of there) bytes += encodeDay(version, days.records(day, page, {})).length;
  }
  return bytes;
}

function millisecondsSince(cpu: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(cpu);
  return (user + system) / 1_000;
}
