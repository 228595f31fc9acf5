import type { CounterReading } from "../../internal/ports/counting.ts";
import { type Facts, pendingIn } from "./facts.ts";
import { HitSet } from "./hit_set.ts";
import type { Counted } from "./ledger_book.ts";
import { adoptedBy, type Life } from "./machine.ts";

/** What one process's pages showed, and what it acknowledged. */
interface Page {
  readonly own: HitSet;
  readonly seen: Map<string, bigint>;
  /** The generation of each committed number that was seen. */
  readonly generations: Map<string, number>;
  /** The ledger whose totals it shows. */
  ledger: string | null;
  /** The adjustments in these totals. */
  adjusted: Counted["adjusted"];
  /** The logs that its node held. */
  held: ReadonlySet<string>;
}

interface Shown {
  readonly counter: string;
  readonly by: number;
  readonly log: string;
  readonly to: number;
  readonly value: bigint | null;
}

/**
 * What pages showed. The total of a page is that of the ledger's version that its node has adopted. Above it are the hits that the node
 * acknowledged itself and that this version does not have, and at most all that it holds. While a node follows one ledger, no number on it
 * goes back.
 */
export class PageBook {
  readonly #facts: Facts;
  readonly #broken: (how: string) => void;
  readonly #pages = new WeakMap<Life, Page>();

  constructor(facts: Facts, broken: (how: string) => void) {
    this.#facts = facts;
    this.#broken = broken;
  }

  open(life: Life): void {
    this.#pages.set(life, {
      own: new HitSet(),
      seen: new Map(),
      generations: new Map(),
      ledger: null,
      adjusted: new Map(),
      held: new Set(),
    });
  }

  /** This process acknowledged a hit, and showed `value` to the visitor. */
  acknowledged(name: string, life: Life, { counter, by, log, to, value }: Shown): void {
    const page = this.#of(life);
    page.own.add(log, to - by, to);
    const before = page.seen.get(counter);
    if (value === null) return;
    if (before !== undefined && value < before + BigInt(by))
      this.#broken(`a visitor's own hit is missing: ${counter} on ${name} went from ${before} to ${value}`);
    page.seen.set(counter, value);
  }

  check(name: string, life: Life, counters: Iterable<string>): void {
    const page = this.#of(life);
    const position = adoptedBy(life);
    const counted = position && this.#facts.ledgers.at(position);
    if (page.ledger !== (position?.id ?? null)) {
      page.seen.clear();
      page.generations.clear();
    }
    page.ledger = position?.id ?? null;
    if (life.node.complete()) this.#checkSum(name, life);
    if (!counted) return;
    this.#checkCopiedSum(name, life, counted.byCounter);
    const adjusted = adjustedIn(counted.adjusted, page.adjusted);
    page.adjusted = counted.adjusted;
    const held = page.held;
    page.held = new Set([...life.node.logs].flatMap(({ log }) => this.#facts.logs.logOf(log.id) ?? []));
    const [least, most] = this.#bounds(life, page.own, counted.hits);
    for (const counter of counters) {
      const reading = life.node.read(counter);
      if (life.node.complete()) this.#noteGeneration(`${counter} on ${name}`, page, counter, reading);
      if (adjusted.has(counter)) page.seen.delete(counter);
      if (!reading || reading.value === null) continue;
      const before = page.seen.get(counter) ?? 0n;
      if (reading.value < before && !this.#mayDrop(held))
        this.#broken(`a page went backwards: ${counter} on ${name}, from ${before} to ${reading.value}`);
      page.seen.set(counter, reading.value);
      const total = counted.byCounter.get(counter) ?? 0;
      // What was shown twice of a copied log stays until the total has grown by as much.
      this.#checkBounds(`${counter} on ${name}`, Number(reading.value), total, [
        total + (least.get(counter) ?? 0),
        Math.max(total + (most.get(counter) ?? 0), Number(before)),
      ]);
      if (Number(reading.committed) !== total)
        this.#broken(`${counter} on ${name} shows ${reading.committed} as committed, its ledger has ${total}`);
    }
  }

  /** Whether only a lost ledger may have counted a part of these logs. Nobody knows that before another holder is counted. */
  #mayDrop(held: ReadonlySet<string>): boolean {
    return [...held].some((log) => this.#facts.logs.hasTwoBases(log));
  }

  /** A total may step back only with a new generation, or when the counter is gone. A generation never steps back. */
  #noteGeneration(what: string, page: Page, counter: string, reading: CounterReading | undefined): void {
    const before = page.generations.get(counter);
    const generation = reading && reading.regions.size > 0 ? reading.generation : undefined;
    if (before !== undefined && generation !== undefined && generation < before)
      this.#broken(`${what} went back to generation ${generation} from ${before}`);
    if (generation === undefined) page.generations.delete(counter);
    else page.generations.set(counter, generation);
  }

  #checkBounds(what: string, value: number, total: number, [least, most]: readonly [number, number]): void {
    if (value < least)
      this.#broken(
        `shown too little: ${what} is ${value}, ${total} are committed and ${least - total} were taken here`,
      );
    if (value > most)
      this.#broken(`shown too much: ${what} is ${value}, ${total} are committed and ${most - total} are held here`);
  }

  /** Hits of each counter that a page must, and that it may, show above what `counted` has. */
  #bounds(life: Life, own: HitSet, counted: HitSet): [Map<string, number>, Map<string, number>] {
    const { logs, copied } = this.#facts;
    const most = new Map<string, number>();
    const [held, unplaced] = [new HitSet(), new HitSet()];
    for (const one of life.node.logs) {
      const pending = pendingIn(this.#facts, one);
      held.addAll(pending);
      const twice = one.log.indeterminate || copied.has(logs.logOf(one.log.id) ?? "");
      // It keeps what nobody can place on the page until the total grows. And of a copied log the totals may have what this node has not offered.
      for (const [log, from, to] of twice ? pending : pending.minus(counted)) logs.countIn(most, log, from, to);
      // A log that moved to an adopted ledger and was handed off is off the pages until a snapshot has judged it there.
      if (one.log.indeterminate || (one.log.closed && !one.visible)) unplaced.addAll(pending);
    }
    let least = own.minus(counted);
    if (least.size > 0) least = least.minus(unplaced).minus(this.#facts.lost().minus(held));
    return [logs.count(least), most];
  }

  /** Nodes keep the sum of all counters up to date while totals arrive. It must equal the totals added up, and the largest must be among them. */
  #checkSum(name: string, { node }: Life): void {
    const sum = node.sum();
    if (sum === null) return;
    const all = node
      .list("", Number.MAX_SAFE_INTEGER)
      .map(({ regions }) => [...regions.values()].reduce((one, other) => one + other, 0n));
    const total = all.reduce((sum, committed) => sum + committed, 0n);
    const most = all.reduce((most, committed) => (committed > most ? committed : most), 0n);
    if (sum.total === total && (sum.largest[0]?.committed ?? 0n) === most) return;
    this.#broken(`${name} shows ${sum.total} as the sum of all counters, which is ${total}`);
  }

  /** Also a node that has not heard of all counters knows the sum of all. */
  #checkCopiedSum(name: string, { node }: Life, byCounter: ReadonlyMap<string, number>): void {
    const total = [...byCounter.values()].reduce((sum, hits) => sum + hits, 0);
    const shown = node.sum()?.total;
    if (!node.complete() && Number(shown) !== total)
      this.#broken(`${name} shows ${shown} as the sum of all counters before it has heard of them, which is ${total}`);
  }

  #of(life: Life): Page {
    return this.#pages.get(life) as Page;
  }
}

/** The counters that people set or deleted in one version and not yet in an earlier one. Imports and links make no number smaller. */
function adjustedIn(now: Counted["adjusted"], before: Counted["adjusted"]): ReadonlySet<string | null> {
  if (now === before) return new Set();
  const done = [...now].flatMap(([key, entry]) => (before.has(key) ? [] : [entry]));
  return new Set(done.filter(({ action }) => action === "set" || action === "delete").map(({ counter }) => counter));
}
