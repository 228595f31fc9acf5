import type { ClusterView, NodeRow } from "../../../internal/core/cluster/cluster_view.ts";
import type { SecondsOfHits } from "../../../internal/core/cluster/hit_history.ts";
import { dayOf } from "../../../internal/core/days/hour.ts";
import { sizeOfNewCounter } from "../../../internal/core/ledger/counter_total.ts";
import type { Visitor } from "../../../internal/core/marks/mark.ts";
import type { PeriodKind } from "../../../internal/core/marks/period.ts";
import type {
  CommittedSum,
  CommittedTotal,
  CounterReading,
  Counting,
  HitOutcome,
  HitsByHour,
  HitsOutcome,
  KeyedOutcome,
  Receipt,
  Statistics,
} from "../../../internal/ports/counting.ts";
import { eventually } from "../../eventually.ts";

type Refusal = Extract<HitOutcome, { accepted: false }>["reason"];

/**
 * A cluster of one that keeps everything in memory and commits when it is told to: for tests of what the interface makes of
 * states that a real node reaches only with much effort. Hits are answered at the end of the turn, as a journal makes them.
 */
export class MemoryCounting implements Counting {
  readonly nodeId = "node-1";
  readonly name = "alpha";
  /** Whether it gets its copy of all totals. */
  copying = false;
  readonly pending = new Map<string, number>();
  readonly totals = new Map<string, bigint>();
  refusal: Refusal | null = null;
  /** What becomes of every hit with a key; null: it counts, once. */
  keyedOutcome: KeyedOutcome | null = null;
  /** Whether there is no room for new counters. */
  full = false;
  draining = false;
  directoryMissing = false;
  known = true;
  accepted = 0;
  active = 0;
  pastHits: number[] = [];
  /** Whether it has hits by hour, or why not. */
  days: "kept" | "loading" | "upgrading" = "kept";
  /** Hits by hour, in order. */
  hours: { readonly of: string; readonly hour: number; readonly hits: number }[] = [];
  version = 1;
  /** When its totals and hits were last known to be current. */
  asOf = 1_700_000_000_000;
  view: Partial<ClusterView> = {};
  others: NodeRow[] = [];
  numbers: Partial<Statistics> = {};
  /** Counter, period, address and agent of each visitor that was counted. */
  readonly marks = new Set<string>();
  readonly #keys = new Set<string>();
  #waiting: (() => void)[] = [];
  #listeners = new Set<() => void>();

  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void {
    if (this.refusal === null) setImmediate(done, this.#count(counter, by));
    else done({ accepted: false, reason: this.refusal });
  }

  keyedHit(counter: string, by: number, key: string, done: (outcome: KeyedOutcome) => void): void {
    if (this.keyedOutcome !== null) return done(this.keyedOutcome);
    const duplicate = this.#keys.has(key);
    this.#keys.add(key);
    if (!duplicate) this.totals.set(counter, (this.totals.get(counter) ?? 0n) + BigInt(by));
    setImmediate(done, { accepted: true, duplicate, value: this.#value(counter) });
  }

  mark(counter: string, kind: PeriodKind, { address, agent }: Visitor): void {
    const mark = [counter, kind, address, agent].join(" ");
    if (this.marks.has(mark)) return;
    this.marks.add(mark);
    this.totals.set(counter, (this.totals.get(counter) ?? 0n) + 1n);
    for (const listener of this.#listeners) listener();
  }

  hitEach(counters: readonly string[], done: (outcome: HitsOutcome) => void): void {
    const refused = counters.find((counter) => this.full && !this.knows(counter));
    if (refused !== undefined) return done({ accepted: false, reason: "too-many-counters", counter: refused });
    if (this.refusal !== null) return done({ accepted: false, reason: this.refusal, counter: counters[0]! });
    const outcomes = counters.map((counter) => this.#count(counter, 1));
    const { receipt } = outcomes[0]!;
    setImmediate(done, { accepted: true, values: outcomes.map(({ value }) => value), receipt });
  }

  #count(counter: string, by: number) {
    this.accepted += by;
    this.pending.set(counter, (this.pending.get(counter) ?? 0) + by);
    return { accepted: true as const, value: this.#value(counter), receipt: { source: "s", offset: this.accepted } };
  }

  read(counter: string): CounterReading | undefined {
    if (!this.pending.has(counter) && !this.totals.has(counter)) return undefined;
    const committed = this.totals.get(counter) ?? 0n;
    const regions = new Map(this.totals.has(counter) ? [["eu-west", committed]] : []);
    return {
      ...this.#value(counter),
      regions,
      generation: 0,
      version: this.known ? this.version : null,
      asOf: this.asOf,
    };
  }

  refuses(_: string, key: string | null): boolean {
    return key === null ? this.refusal !== null : this.keyedOutcome?.accepted === false;
  }

  knows(counter: string): boolean {
    return this.pending.has(counter) || this.totals.has(counter);
  }

  complete(): boolean {
    return this.known && !this.copying;
  }

  catchingUp(): boolean {
    return this.copying;
  }

  list(after: string, limit: number) {
    const names = [...this.totals.keys()].filter((name) => name > after).sort();
    return names.slice(0, limit).map((counter) => ({
      counter,
      regions: new Map([["eu-west", this.totals.get(counter) ?? 0n]]),
    }));
  }

  sum(): CommittedSum | null {
    if (!this.known) return null;
    const all = [...this.totals].map(([counter, committed]) => ({ counter, committed }));
    const largest = all.sort((a, b) => (a.committed > b.committed ? -1 : 1));
    const total = all.reduce((sum, { committed }) => sum + committed, 0n);
    const bytes = all.reduce((sum, { counter }) => sum + sizeOfNewCounter(counter, "eu-west"), 0);
    return { total, bytes, largest: largest.slice(0, 100) };
  }

  hitsByHour(counter: string, from: number, to: number): HitsByHour | "loading" | "upgrading" {
    if (this.days !== "kept") return this.days;
    const hits = this.hours.filter(({ hour, of }) => of === counter && hour >= from && hour < to);
    const since = Math.min(...this.hours.map(({ hour }) => hour));
    return {
      hits: hits.map(({ hour, hits }) => ({ hour, hits })),
      since: Number.isFinite(since) ? since : null,
      version: this.version,
      asOf: this.asOf,
    };
  }

  async busiest(day: number): Promise<readonly CommittedTotal[] | null> {
    if (this.days !== "kept") return null;
    const all = new Map<string, bigint>();
    for (const { of, hour, hits } of this.hours)
      if (dayOf(hour) === day) all.set(of, (all.get(of) ?? 0n) + BigInt(hits));
    const sorted = [...all].map(([counter, committed]) => ({ counter, committed }));
    return sorted.sort((a, b) => (a.committed > b.committed ? -1 : 1)).slice(0, 100);
  }

  history(): SecondsOfHits {
    return { from: 1000, hits: this.pastHits };
  }

  committed(_receipt: Receipt, deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadlineMs, false);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  cluster(): ClusterView {
    const ledger = this.known ? { id: "0123456789abcdef", version: this.version } : null;
    const quiet = { leader: this.nodeId, epoch: 7, ledger, store: "ok", storeDetail: "", asOf: Date.now() } as const;
    return {
      ...quiet,
      leaderSilence: 100,
      interval: 1000,
      active: this.active,
      nodes: [this.#row(), ...this.others],
      ...this.view,
    };
  }

  statistics(): Statistics {
    const pending = [...this.pending.values()].reduce((sum, by) => sum + by, 0);
    const { accepted, active } = this;
    const numbers = {
      accepted,
      committed: accepted - pending,
      pending,
      active,
      leading: true,
      journalErrors: 0,
      directoryLosses: 0,
      indeterminate: 0,
      brokenInvariants: 0,
      keyedAnswers: { counted: 0, duplicate: 0, reused: 0, expired: 0, refused: 0, unknown: 0 },
      keyedWaiting: 0,
      keysKept: 0,
      markResults: { decided: 0, refused: 0, no_room: 0, no_secret: 0 },
      marksWaiting: 0,
      earlyVisits: 0,
      marksKept: 0,
    };
    return { ...numbers, snapshotAge: this.known ? 0.4 : null, ...this.numbers };
  }

  refusing(): boolean {
    return this.directoryMissing;
  }

  watched(pages: number): void {
    this.active = pages;
  }

  ready(): boolean {
    return !this.draining;
  }

  healthy(): boolean {
    return true;
  }

  onRound(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Until so many requests wait for their hits to be committed. */
  async untilWaiting(count: number): Promise<void> {
    await eventually(() => this.#waiting.length >= count);
  }

  /** Moves what is pending into the totals, and tells everyone. */
  round(): void {
    for (const [counter, by] of this.pending) this.totals.set(counter, (this.totals.get(counter) ?? 0n) + BigInt(by));
    this.pending.clear();
    this.version += 1;
    for (const resolve of this.#waiting.splice(0)) resolve();
    for (const listener of this.#listeners) listener();
  }

  #value(counter: string) {
    const pending = this.pending.get(counter) ?? 0;
    const committed = this.known ? (this.totals.get(counter) ?? 0n) : null;
    return { counter, value: committed === null ? null : committed + BigInt(pending), committed, pending };
  }

  #row(): NodeRow {
    const addresses = { url: "http://127.0.0.1:4000", peerAddress: "127.0.0.1:5000" };
    const { accepted: hits, committed, pending, active } = this.statistics();
    return {
      id: this.nodeId,
      name: this.name,
      ...addresses,
      region: "eu-west",
      state: this.directoryMissing ? "refusing" : "counting",
      ...{ hits, committed, pending, active },
      heardAt: Date.now() - 400,
      durable: true,
    };
  }
}
