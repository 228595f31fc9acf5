import assert from "node:assert/strict";
import fc from "fast-check";
import { dayIn, dayOf, HOURS_A_DAY } from "../../../internal/core/days/hour.ts";
import type { HourHits, KeptDays } from "../../../internal/core/days/kept_days.ts";
import { ByteReader, ByteWriter } from "../../../internal/core/ledger/byte_records.ts";
import { addDayEntry, DAY_NAMES, daysOfPage, readHours } from "../../../internal/core/ledger/day_entries.ts";
import { daysOf, type Ledger } from "../../../internal/core/ledger/ledger.ts";
import { LedgerDraft } from "../../../internal/core/ledger/ledger_draft.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { decodePage } from "../../../internal/core/ledger/pages_encoding.ts";
import { decodeRound, ROUND_NAMES, roundName } from "../../../internal/core/ledger/round_encoding.ts";
import { conversionOf, transactionOf } from "../../../internal/core/ledger/transaction.ts";
import { entriesAfter } from "../../ports/store/entries.ts";
import { batch, ledgerWith, source } from "../samples.ts";

type Entries = ReadonlyMap<string, Uint8Array>;

/** 2026-11-29, 10 o'clock. */
const NOW = 20_786 * HOURS_A_DAY + 10;
const COUNTERS = ["a", "b", "c"];
const A = source(1);
/** Room for all days of a test, and for about two days of all counters. */
const BUDGETS = [1 << 20, 1_500];

interface Limits {
  /** Bytes of rounds that owe nothing. */
  readonly free: number;
  /** Bytes of days. */
  readonly budget: number;
}

interface Version {
  readonly entries: Entries;
  /** Hours before this one are dropped. */
  readonly daysFrom: number;
}

/** A leader that counts, deletes, folds and drops days, a store at each of its versions, and a plain count of the hits. */
class Leader {
  ledger: Ledger;
  readonly history: Version[] = [];
  readonly #limits: Limits;
  readonly #sums = new Map(COUNTERS.map((counter) => [counter, new Map<number, number>()]));
  #now = NOW;
  #offset = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.history = [{ entries: entriesAfter(new Map(), conversionOf(ledgerWith(), "0123456789abcdef")), daysFrom: 0 }];
    this.ledger = this.#read();
  }

  /** Another leader reads the store, and goes on. */
  lead(): void {
    this.ledger = this.#read();
  }

  write({ counter, hoursAgo, by, deletes, hoursPass }: Step): void {
    this.#now += hoursPass;
    const draft = new LedgerDraft(this.ledger, undefined, undefined, { now: this.#now, budget: this.#limits.budget });
    const hour = this.#now - hoursAgo;
    const hits = batch(A, this.#offset, this.#offset + by, { counts: new Map([[counter, by]]), hour });
    assert.equal(draft.fold(hits), "counted");
    this.#offset += by;
    this.#count(counter, hour < draft.days.from ? this.#now : hour, by);
    if (deletes !== null && draft.totalOf(deletes)) {
      draft.replace(deletes, null);
      this.#sums.get(deletes)?.clear();
    }
    const plan = transactionOf(this.ledger, draft, draft.finish(1, "w1"), this.#limits.free);
    const { entries } = this.history.at(-1) as Version;
    this.history.push({ entries: entriesAfter(new Map(entries), plan), daysFrom: plan.next.daysFrom });
    plan.commit();
    this.ledger = plan.next;
  }

  /** What must be read: hits of kept hours since the last deletion. */
  get counted(): HourHits[][] {
    return COUNTERS.map((counter) =>
      [...(this.#sums.get(counter) ?? [])]
        .filter(([hour]) => hour >= this.ledger.daysFrom)
        .sort(([a], [b]) => a - b)
        .map(([hour, hits]) => ({ hour, hits })),
    );
  }

  #count(counter: string, hour: number, by: number): void {
    const hours = this.#sums.get(counter);
    hours?.set(hour, (hours.get(hour) ?? 0) + by);
  }

  #read(): Ledger {
    const ledger = decodeLedger((this.history.at(-1) as Version).entries);
    assert.ok(ledger);
    return ledger;
  }
}

interface Step {
  readonly counter: string;
  readonly hoursAgo: number;
  readonly by: number;
  readonly deletes: string | null;
  /** Before it. */
  readonly hoursPass: number;
}

function hitsOf(counter: string, deletes: string | null = null): Step {
  return { counter, hoursAgo: 0, by: 1, deletes, hoursPass: 0 };
}

const name = fc.constantFrom(...COUNTERS);
const stepFields = {
  counter: name,
  hoursAgo: fc.integer({ min: 0, max: 40 }),
  by: fc.integer({ min: 1, max: 200 }),
  deletes: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: name }),
};
const step: fc.Arbitrary<Step | "lead"> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ ...stepFields, hoursPass: fc.constantFrom(0, 0, 1, 24, 60) }) },
  { weight: 2, arbitrary: fc.constant("lead" as const) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 40 });

function play(steps: readonly (Step | "lead")[], limits: Limits): Leader {
  const leader = new Leader(limits);
  for (const one of steps) {
    if (one === "lead") leader.lead();
    else leader.write(one);
  }
  return leader;
}

function read(days: KeptDays) {
  return COUNTERS.map((counter) => days.read(counter, 0, Number.MAX_SAFE_INTEGER));
}

function learnRounds(days: KeptDays, { entries }: Version): void {
  for (const [entry, bytes] of entries) if (entry.startsWith(ROUND_NAMES.from)) days.learn(decodeRound(entry, bytes));
}

function learnEntries(days: KeptDays, { entries }: Version): void {
  for (const [entry, bytes] of entries) if (entry.startsWith(DAY_NAMES.from)) addDayEntry(days, entry, bytes);
}

/** As a leader's change says it. */
function learnChange(days: KeptDays, { entries, daysFrom }: Version, version: number): void {
  const entry = roundName(version);
  days.dropBefore(daysFrom);
  days.learn(decodeRound(entry, entries.get(entry) as Uint8Array));
}

/** When a node reads what, in versions of the store, and by how many versions changes reach it late. */
interface Reading {
  readonly head: number;
  readonly rounds: number;
  readonly days: number;
  readonly late: number;
}

/** What a node knows that reads beside a leader. `history[0]` is version `first`. */
function readBeside(history: readonly Version[], first: number, reading: Reading): KeptDays {
  const from = history[reading.head] as Version;
  const days = daysOf((decodeLedger(from.entries) as Ledger).totals);
  days.dropBefore(from.daysFrom);
  for (let at = reading.head; at < history.length + reading.late; at++) {
    const now = history[at];
    if (now && at === reading.rounds) learnRounds(days, now);
    if (now && at === reading.days) learnEntries(days, now);
    const heard = at - reading.late;
    if (heard > reading.head) learnChange(days, history[heard] as Version, first + heard);
  }
  return days;
}

/** Whether a page names this day. */
function isNamed(entry: string, entries: Entries): boolean {
  const [, date = "", page = ""] = entry.split("/");
  const bytes = entries.get(`pages/${page}`);
  return bytes !== undefined && decodePage(`pages/${page}`, bytes).days.includes(dayIn(date) as number);
}

/** Hits by hour in the store: what is read is what was counted since each counter was last deleted, of days that are kept. */
describe("days in the store", () => {
  for (const free of [0, 600, 1 << 20])
    for (const budget of BUDGETS)
      it(`are those since the last deletion, after any folding and leaders, with ${free} bytes of rounds that owe nothing and ${budget} of days`, () => {
        fc.assert(
          fc.property(steps, (steps) => {
            const leader = play(steps, { free, budget });
            assert.deepEqual(read(leader.ledger.days), leader.counted);
            leader.lead();
            assert.deepEqual(read(leader.ledger.days), leader.counted);
          }),
        );
      });

  for (const budget of BUDGETS)
    it(`are read by a node beside a leader that deletes, folds and drops days over ${budget} bytes: head, rounds, days, and changes, each at its time`, () => {
      const times = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat(3));
      fc.assert(
        fc.property(steps, times, (steps, [first, second, third, late]) => {
          const leader = play(steps, { free: 300, budget });
          const { history } = leader;
          const from = (at: number, more: number) => at + (more % (history.length - at));
          const head = from(0, first);
          const rounds = from(head, second);
          const reading = { head, rounds, days: from(rounds, third), late };
          const days = readBeside(history, leader.ledger.version - history.length + 1, reading);
          assert.deepEqual(read(days), leader.counted);
        }),
        { numRuns: 300 },
      );
    });

  it("are written by the round that deletes their counter, if it folds their page and the store has the rest of it", () => {
    const { ledger } = play([hitsOf("a"), "lead"], { free: 0, budget: 1 << 20 });
    const page = ledger.totals.pageOf("a");
    ledger.days.written(page, ledger.days.unwritten(page));
    const draft = new LedgerDraft(ledger, undefined, undefined, { now: NOW, budget: 1 << 20 });
    draft.replace("a", null);
    const { lacking, entryOf } = daysOfPage(ledger.days, draft, page, ["a"]);
    assert.deepEqual(lacking, [dayOf(NOW)]);
    const days = daysOf(ledger.totals);
    days.raise("a", NOW, 1);
    addDayEntry(days, ...entryOf(dayOf(NOW)));
    assert.deepEqual(read(days), [[], [], []]);
  });

  it("are refused if any entry is missing, which is named, after any folding, deletions and leaders", () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(...BUDGETS), fc.nat(), (steps, budget, at) => {
        const leader = play(steps, { free: 0, budget });
        const { entries } = leader.history.at(-1) as Version;
        const names = [...entries.keys()].filter((name) => name.startsWith(DAY_NAMES.from));
        const missing = names[at % names.length];
        if (missing === undefined) return;
        const others = new Map([...entries].filter(([name]) => name !== missing));
        const readOthers = () => decodeLedger(others) as Ledger;
        // Rounds have all of a day that was written before its page.
        if (!isNamed(missing, entries)) assert.deepEqual(read(readOthers().days), leader.counted);
        else assert.throws(readOthers, new RegExp(`"${missing}" cannot be read: it is missing$`));
      }),
    );
  });

  it("are written a few at a time if a page lacks more than fit a transaction, and then it is folded (H112)", () => {
    const hits = Array.from({ length: 250 }, (_, day) => ({ ...hitsOf("a"), hoursPass: day < 130 ? HOURS_A_DAY : 0 }));
    const leader = play(hits, { free: 12_000, budget: 1 << 20 });
    const days = leader.history.map(({ entries }) => [...entries.keys()].filter((name) => name.startsWith("days/")));
    const written = days.map(({ length }, at) => length - (days[at - 1]?.length ?? 0));
    assert.ok(Math.max(...written) <= 5, `${Math.max(...written)} days in one transaction`);
    assert.ok(days.at(-1)!.length > 128, `${days.at(-1)!.length} days are written`);
    assert.ok(leader.ledger.layout!.tail > 128, `the oldest round is ${leader.ledger.layout!.tail}`);
    leader.lead();
    assert.deepEqual(read(leader.ledger.days), leader.counted);
  });

  it("are those since the last deletion, also while a page is written in portions", () => {
    const daily = fc.oneof(
      { weight: 9, arbitrary: fc.record({ ...stepFields, hoursPass: fc.constantFrom(0, 24, 24, 48) }) },
      { weight: 1, arbitrary: fc.constant("lead" as const) },
    );
    const many = fc.array(daily, { minLength: 60, maxLength: 90, size: "max" });
    fc.assert(
      fc.property(many, (steps) => {
        const leader = play(steps, { free: 2_500, budget: 1 << 20 });
        assert.deepEqual(read(leader.ledger.days), leader.counted);
        leader.lead();
        assert.deepEqual(read(leader.ledger.days), leader.counted);
      }),
      { numRuns: 10 },
    );
  });

  it("are refused if an entry is of a later version than the ledger, or has a deletion that is later than itself", () => {
    const { history } = play([hitsOf("a"), hitsOf("a", "a"), hitsOf("b")], { free: 0, budget: 1 << 20 });
    const { entries } = history.at(-1) as Version;
    const entry = [...entries.keys()].find((name) => name.startsWith(DAY_NAMES.from)) ?? "";
    const text = Buffer.from(entries.get(entry) as Uint8Array).toString("latin1");
    const ofVersion = (version: number) =>
      new Map([...entries, [entry, Buffer.from(text.replace(/"version":\d+/, `"version":${version}`), "latin1")]]);
    assert.throws(() => decodeLedger(ofVersion(999)), /"days\/2026-11-29\/\d{4}" cannot be read: it is of version 999/);
    assert.throws(() => decodeLedger(ofVersion(1)), /it is of version 1, and has a deletion in version \d/);
  });

  it("are refused if a round has an hour twice, or an hour has a counter twice or one that the round does not name", () => {
    const reading = (...numbers: number[]) => {
      const writer = new ByteWriter();
      for (const number of numbers) writer.number(number);
      return () => readHours("a round", new ByteReader("a round", writer.bytes), 2, 2);
    };
    const [first, second] = [NOW, NOW + 1];
    assert.deepEqual(reading(first, 2, 0, 5, 1, 6, second, 1, 0, 7)().hits, [
      [first, 5, second, 7],
      [first, 6],
    ]);
    assert.throws(reading(first, 1, 0, 5, first, 1, 1, 6), /which cannot be an hour here/);
    assert.throws(reading(first, 1, 0, 5, second, 2, 0, 6, 0, 6), /hits of a counter twice in the hour/);
    assert.throws(reading(first, 1, 0, 5, second, 1, 2, 6), /hits of a counter that it does not name/);
  });
});
