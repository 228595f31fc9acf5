import assert from "node:assert/strict";
import fc from "fast-check";
import { type CounterDay, DayBlock, whyNoRecords } from "../../../internal/core/days/day_block.ts";
import { DaysDraft } from "../../../internal/core/days/days_draft.ts";
import { dateOf, dayIn, dayOf, HOURS_A_DAY } from "../../../internal/core/days/hour.ts";
import { KeptDays, MAX_DAYS } from "../../../internal/core/days/kept_days.ts";
import { PAGES } from "../../../internal/core/ledger/totals.ts";
import { isCounterName } from "../../../internal/core/names.ts";

/** 2026-11-29, 10 o'clock. */
const NOW = 20_786 * HOURS_A_DAY + 10;
const BUDGET = 1 << 20;

const COUNTERS = ["a", "b", "a-longer-name", "c/d"];
const counter = fc.constantFrom(...COUNTERS);
const hits = fc.record({
  counter,
  hour: fc.integer({ min: NOW - 30, max: NOW }),
  hits: fc.integer({ min: 1, max: 2 ** 40 }),
});

/** What one version does: it counts hits, and then deletes a counter. */
interface Step {
  readonly hits?: readonly (readonly [counter: string, hour: number, hits: number])[];
  readonly deleted?: string | null;
}

const step: fc.Arbitrary<Step> = fc.record({
  hits: fc.array(fc.tuple(counter, fc.integer({ min: NOW - 30, max: NOW }), fc.integer({ min: 1, max: 300 })), {
    maxLength: 3,
  }),
  deleted: fc.option(counter, { freq: 2, nil: null }),
});

/** A leader's days after these versions, what a plain count says, and what others may learn of them: changes, and entries of that time. */
function tell(steps: readonly Step[]) {
  const days = keptDays();
  const sums = new Map<string, Map<number, number>>();
  const learned: ((days: KeptDays) => void)[] = [];
  for (const [at, { hits = [], deleted = null }] of steps.entries()) {
    const draft = new DaysDraft(days, { now: NOW, budget: BUDGET });
    for (const [name, hour, by] of hits) {
      draft.add(name, hour, by);
      const sum = sums.get(name) ?? new Map<number, number>();
      sums.set(name, sum.set(hour, (sum.get(hour) ?? 0) + by));
    }
    if (deleted !== null) {
      draft.delete(deleted, at + 1);
      sums.delete(deleted);
    }
    const change = { hours: structuredClone(draft.hours), cuts: draft.cuts };
    draft.commit(at + 1);
    learned.push((other) => other.learn(change));
    for (const page of at % 3 === 0 ? [0, 1, 2] : []) {
      const entries = [...days.unwritten(page)].map((day) => [day, days.records(day, page, {}).slice()] as const);
      days.written(page, days.unwritten(page));
      learned.push((other) => {
        for (const [day, records] of entries) other.load(day, page, records, at + 1);
      });
    }
  }
  const expected = COUNTERS.map((name) => [
    name,
    [...(sums.get(name) ?? [])].sort(([a], [b]) => a - b).map(([hour, hits]) => ({ hour, hits })),
  ]);
  return { days, learned, table: expected };
}

function keptDays(): KeptDays {
  return new KeptDays((name) => name.length % 3);
}

/** As a ledger's hash does, over all pages. */
function spread(name: string): number {
  return Math.imul(Number(name.slice("counter-".length)) + 1, 0x9e3779b1) >>> 20;
}

const NOTHING = {};

function table(days: KeptDays) {
  return COUNTERS.map((name) => [name, days.read(name, 0, NOW + HOURS_A_DAY)]);
}

/** What hits by hour promise: they may be learned in any order, and no clock can make or change a day that it must not. */
describe("hits by hour", () => {
  it("are the same, in whatever order and however often they are learned", () => {
    fc.assert(
      fc.property(fc.array(hits, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (learned, order) => {
        const [first, second] = [keptDays(), keptDays()];
        for (const one of learned) first.raise(one.counter, one.hour, one.hits);
        const shuffled = [...learned, ...learned.slice(0, 5)]
          .map((one) => ({ one, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at);
        for (const { one } of shuffled) second.raise(one.counter, one.hour, one.hits);
        assert.deepEqual(table(second), table(first));
      }),
    );
  });

  it("begin with the first hour of which there are hits, of any counter, whatever was learned and dropped", () => {
    fc.assert(
      fc.property(fc.array(hits, { maxLength: 40 }), fc.integer({ min: NOW - 40, max: NOW + 2 }), (learned, from) => {
        const [days, again] = [keptDays(), keptDays()];
        const loaded = learned.map(({ hour }) => hour);
        assert.equal(days.since, null);
        for (const [at, one] of learned.entries()) {
          days.raise(one.counter, one.hour, one.hits);
          assert.equal(days.since, Math.min(...loaded.slice(0, at + 1)));
        }
        for (const page of [0, 1, 2])
          for (const day of days.unwritten(page)) again.load(day, page, days.records(day, page, NOTHING), 1);
        const kept = loaded.filter((hour) => dayOf(hour) >= dayOf(from));
        for (const each of [days, again]) {
          each.dropBefore(from);
          assert.equal(each.since, kept.length === 0 ? null : Math.max(from, Math.min(...kept)));
        }
      }),
    );
  });

  it("begin with the first hour of which there are hits, whatever was deleted", () => {
    const step = fc.record({
      counter,
      hour: fc.integer({ min: NOW - 30, max: NOW }),
      cut: fc.nat(3),
      deletes: fc.boolean(),
    });
    const firstIn = (days: KeptDays) => {
      const hours = [0, 1, 2].flatMap((page) =>
        [...days.unwritten(page)].flatMap((day) =>
          [...new DayBlock(days.records(day, page, NOTHING))].flatMap(([, { hours }]) =>
            [...hours.keys()].map((hour) => day * HOURS_A_DAY + hour),
          ),
        ),
      );
      return hours.length === 0 ? null : Math.min(...hours);
    };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const [days, again] = [keptDays(), keptDays()];
        for (const { counter, hour, cut, deletes } of steps) {
          if (deletes) days.cut(counter, { version: cut + 1, day: dayOf(hour) });
          else days.raise(counter, hour, 1, cut);
          assert.equal(days.since, firstIn(days));
        }
        for (const page of [0, 1, 2])
          for (const day of days.unwritten(page)) again.load(day, page, days.records(day, page, NOTHING), 1);
        assert.equal(again.since, days.since);
      }),
    );
  });

  it("of many pages are what a plain count says, page by page, though small pages are kept together", () => {
    const name = fc.nat(400).map((number) => `counter-${number}`);
    const seen = fc.record({ name, hour: fc.nat(2).map((ago) => NOW - ago), hits: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 500, size: "max" }), fc.nat(400), (all, deleted) => {
        const days = new KeptDays(spread);
        const counted = new Map<string, Map<number, number>>();
        for (const { name, hour, hits } of all) {
          days.raise(name, hour, hits);
          const hours = counted.get(name) ?? new Map<number, number>();
          counted.set(name, hours.set(hour, Math.max(hits, hours.get(hour) ?? 0)));
        }
        if (days.lastDayOf(`counter-${deleted}`) !== undefined)
          days.cut(`counter-${deleted}`, { version: 1, day: dayOf(NOW) });
        counted.delete(`counter-${deleted}`);
        for (let number = 0; number <= 400; number++) {
          const hours = [...(counted.get(`counter-${number}`) ?? [])].sort(([a], [b]) => a - b);
          assert.deepEqual(
            days.read(`counter-${number}`, 0, NOW + 1),
            hours.map(([hour, hits]) => ({ hour, hits })),
          );
        }
        const again = new KeptDays(spread);
        for (let page = 0; page < PAGES; page++) {
          const withRecords = days.unwritten(page).filter((day) => days.records(day, page, NOTHING).length > 0);
          assert.deepEqual([days.daysOf(page), days.unwritten(page)], [withRecords, withRecords]);
          for (const day of days.unwritten(page)) {
            const records = days.records(day, page, NOTHING).slice();
            for (const [name] of new DayBlock(records)) assert.equal(spread(name), page);
            again.load(day, page, records, 1);
          }
          days.written(page, days.unwritten(page));
          assert.deepEqual(days.unwritten(page), []);
        }
        for (const name of counted.keys()) assert.deepEqual(again.read(name, 0, NOW + 1), days.read(name, 0, NOW + 1));
      }),
      { numRuns: 10 },
    );
  });

  it("are of no page that has no records", () => {
    const days = new KeptDays(spread);
    days.raise("counter-1", NOW, 5);
    days.raise("counter-2", NOW, 0);
    days.load(dayOf(NOW), spread("counter-3"), new Uint8Array(0), 1);
    assert.deepEqual(
      [1, 2, 3].map((number) => days.daysOf(spread(`counter-${number}`))),
      [[dayOf(NOW)], [], []],
    );
  });

  it("take as many bytes as their records, at most twice, and a fixed number for each page and day", () => {
    const days = new KeptDays(spread);
    for (let number = 0; number < 2_000; number++) days.raise(`counter-${number}`, NOW, number + 1);
    const records = Array.from({ length: PAGES }, (_, page) => days.records(dayOf(NOW), page, NOTHING).length);
    const sum = records.reduce((all, length) => all + length, 0);
    const bytes = days.bytes - 200 * records.filter((length) => length > 0).length;
    const most = 2 * sum + 128 * days.blocksOf(dayOf(NOW)).length;
    assert.ok(sum <= bytes && bytes <= most, `${sum} <= ${bytes} <= ${most}`);
    days.dropBefore(NOW + HOURS_A_DAY);
    assert.equal(days.bytes, 0);
  });

  it("are asked about in no time, however many counters a day has", () => {
    const days = new KeptDays((name) => Number(name) % 4_096);
    for (let at = 0; at < 100_000; at++) days.raise(String(at), NOW, 1);
    const before = process.cpuUsage();
    for (let question = 0; question < 100; question++) assert.equal(days.since, NOW);
    assert.ok(process.cpuUsage(before).user < 1_000_000, "it looks at all counters");
  });

  it("are read back from their blocks", () => {
    fc.assert(
      fc.property(fc.array(hits, { maxLength: 40 }), (learned) => {
        const [days, again] = [keptDays(), keptDays()];
        for (const one of learned) days.raise(one.counter, one.hour, one.hits);
        for (const page of [0, 1, 2])
          for (const day of days.unwritten(page)) {
            const records = days.records(day, page, {});
            assert.equal(whyNoRecords(records, isCounterName, 40), null);
            again.load(day, page, records, 1);
          }
        assert.deepEqual(table(again), table(days));
        assert.equal(again.size, days.size);
      }),
    );
  });

  it("of a counter that was deleted are only those after that", () => {
    const block = new DayBlock();
    block.raise("a", 3, 7, 0);
    block.delete("a", 40);
    block.raise("a", 3, 5, 0);
    assert.deepEqual([...block.get("a").hours], []);
    block.raise("a", 3, 2, 40);
    const again = new DayBlock(block.body());
    assert.deepEqual([...again.get("a").hours], [[3, 2]]);
  });

  it("of a counter that was deleted are only those after its last deletion, in whatever order and however often they are learned", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const story = tell(steps);
        const shuffled = [...story.learned, ...story.learned.slice(0, 8)]
          .map((learn) => ({ learn, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at);
        const days = keptDays();
        for (const { learn } of shuffled) learn(days);
        assert.deepEqual(table(story.days), story.table);
        assert.deepEqual(table(days), story.table);
      }),
    );
  });

  it("count from 0 after a deletion in the same hour, also in its own version", () => {
    const { days } = tell([{ hits: [["a", NOW, 5]] }]);
    const draft = new DaysDraft(days, { now: NOW, budget: BUDGET });
    draft.add("a", NOW, 2);
    draft.delete("a", 2);
    draft.add("a", NOW, 1);
    assert.deepEqual([...(draft.hours.get(NOW) ?? [])], [["a", 1]]);
    assert.deepEqual([...draft.cuts], [["a", { version: 2, day: dayOf(NOW) }]]);
    draft.commit(2);
    assert.deepEqual(days.read("a", 0, NOW + 1), [{ hour: NOW, hits: 1 }]);
  });

  it("after a deletion that only dropped days know of are as after none, for a leader and for a reader", () => {
    const old = NOW - 2 * HOURS_A_DAY;
    const { days } = tell([{ hits: [["a", old, 5]] }, { deleted: "a" }]);
    for (const dropped of [days, keptDays()]) {
      dropped.dropBefore(NOW - HOURS_A_DAY);
      assert.equal(dropped.cutOf("a"), undefined);
      dropped.learn({ hours: new Map([[NOW, new Map([["a", 3]])]]), cuts: new Map() });
      assert.deepEqual(dropped.read("a", 0, NOW + 1), [{ hour: NOW, hits: 3 }]);
    }
  });

  it("of a page are what a plain map says, whatever was learned before, and however many counters it has", () => {
    const name = fc.nat(120).map((number) => `counter-${number}`.padEnd(10 + (number % 118), "x"));
    const change = fc.record({
      name,
      hour: fc.nat(2),
      hits: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 53 - 1 })),
      cut: fc.nat(2),
      deletes: fc.nat(9).map((one) => one === 0),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 600, size: "max" }), fc.nat(600), (changes, loaded) => {
        let block = new DayBlock();
        const plain = new Map<string, CounterDay>();
        for (const [at, { name, hour, hits, cut, deletes }] of changes.entries()) {
          const known = plain.get(name) ?? { cut: 0, hours: new Map() };
          const hours = new Map(known.cut < cut ? [] : known.hours);
          const isNews = deletes ? cut > known.cut : cut >= known.cut && hits > (hours.get(hour) ?? 0);
          if (!deletes) hours.set(hour, hits);
          if (isNews) plain.set(name, { cut, hours });
          const before = deletes ? block.delete(name, cut) : block.raise(name, hour, hits, cut);
          assert.equal(before, isNews ? known.cut : null);
          if (at === loaded) block = new DayBlock(block.body());
        }
        assert.deepEqual(new Map(block), plain);
        assert.equal([...block].length, plain.size);
        for (let number = 0; number <= 120; number++) {
          const counter = `counter-${number}`.padEnd(10 + (number % 118), "x");
          assert.deepEqual(block.get(counter), plain.get(counter) ?? { cut: 0, hours: new Map() });
          assert.equal(block.has(counter), plain.has(counter));
        }
        assert.equal(whyNoRecords(block.body(), isCounterName, 2), null);
        assert.equal(block.size, block.body().length);
      }),
      { numRuns: 60 },
    );
  });

  it("of many counters are learned as fast as those of few", () => {
    const milliseconds = (counters: number) => {
      const block = new DayBlock();
      const cpu = process.cpuUsage();
      for (let at = 0; at < 200_000; at++) block.raise(`counter-${at % counters}`, 3, 1 + at, 0);
      const { user, system } = process.cpuUsage(cpu);
      return (user + system) / 1_000;
    };
    milliseconds(20);
    const [few, many] = [milliseconds(20), milliseconds(1_000)];
    assert.ok(many < 6 * few + 200, `${few} ms for 20 counters, ${many} ms for 1,000`);
  });

  it("damaged records are refused", () => {
    const block = new DayBlock();
    block.raise("visits", 3, 700, 0);
    const body = block.body();
    for (let length = 1; length < body.length; length++)
      assert.notEqual(whyNoRecords(body.subarray(0, length), isCounterName, 40), null, `${length} bytes`);
    assert.match(whyNoRecords(Buffer.concat([body, body]), isCounterName, 40) ?? "", /names "visits"/);
  });

  it("records that are not refused are written as they were read, whichever bit is wrong", () => {
    const block = new DayBlock();
    for (const [counter, hour, hits, cut] of [
      ["visits", 3, 700, 0],
      ["visits", 4, 7, 0],
      ["a", 5, 1, 2],
      ["votes", 0, 300, 0],
    ] as const)
      block.raise(counter, hour, hits, cut);
    for (let bit = 0; bit < 8 * block.size; bit++) {
      const bytes = Uint8Array.from(block.body());
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      if (whyNoRecords(bytes, isCounterName, 40) !== null) continue;
      assert.deepEqual(new DayBlock(bytes).part(() => true).body(), bytes, `bit ${bit}`);
    }
  });
});

describe("the hour of a hit in the ledger", () => {
  const placed = (hour: number | undefined, { from = 0, now = NOW } = {}) => {
    const days = keptDays();
    days.dropBefore(from);
    const draft = new DaysDraft(days, { now, budget: BUDGET });
    draft.add("a", hour, 3);
    return [...draft.hours].map(([hour, hits]) => [hour, hits.get("a")]);
  };

  it("is the one in which it was acknowledged", () => {
    assert.deepEqual(placed(NOW), [[NOW, 3]]);
    assert.deepEqual(placed(NOW - 5), [[NOW - 5, 3]]);
    const yesterday = (dayOf(NOW) - 2) * HOURS_A_DAY;
    assert.deepEqual(placed(yesterday), [[yesterday, 3]]);
  });

  it("is that of the commit if it is ahead, of a closed day, dropped, or unknown (H56)", () => {
    const closed = (dayOf(NOW) - 2) * HOURS_A_DAY - 1;
    for (const hour of [NOW + 1, NOW + 24 * 365, closed, 0, undefined]) assert.deepEqual(placed(hour), [[NOW, 3]]);
    assert.deepEqual(placed(NOW - 1, { from: NOW }), [[NOW, 3]]);
  });

  it("is never before what was dropped, though the leader's clock steps back", () => {
    assert.deepEqual(placed(NOW - 50, { from: NOW, now: NOW - 50 }), [[NOW, 3]]);
  });

  it("adds up with what the hour has", () => {
    const days = keptDays();
    days.raise("a", NOW, 10);
    const draft = new DaysDraft(days, { now: NOW, budget: BUDGET });
    draft.add("a", NOW, 1);
    draft.add("a", NOW, 2);
    assert.equal(days.hits("a", NOW), 10);
    draft.commit(7);
    assert.equal(days.hits("a", NOW), 13);
    assert.deepEqual(days.changedAfter(6), [NOW]);
    assert.deepEqual(days.changedAfter(7), []);
  });
});

describe("kept days", () => {
  const withDays = (count: number, budget: number) => {
    const days = keptDays();
    for (let day = 0; day < count; day++) days.raise("a", NOW - day * HOURS_A_DAY, 5);
    return new DaysDraft(days, { now: NOW, budget }).from;
  };

  it("are as many as may be, whatever the clock says: the oldest goes first", () => {
    assert.equal(withDays(MAX_DAYS, BUDGET), 0);
    assert.equal(withDays(MAX_DAYS + 1, BUDGET), (dayOf(NOW) - MAX_DAYS + 1) * HOURS_A_DAY);
  });

  it("take as many bytes as they may: the oldest goes first, and today stays", () => {
    assert.equal(withDays(3, 1), (dayOf(NOW) - 1) * HOURS_A_DAY);
    assert.equal(withDays(1, 1), 0);
  });

  it("that are dropped take nothing", () => {
    const days = keptDays();
    days.raise("a", NOW - HOURS_A_DAY, 5);
    const { bytes } = days;
    days.raise("a", NOW, 5);
    days.dropBefore(dayOf(NOW) * HOURS_A_DAY);
    assert.equal(days.bytes, bytes);
    assert.deepEqual(days.read("a", 0, NOW + 1), [{ hour: NOW, hits: 5 }]);
    assert.deepEqual([...days.unwritten(1)], [dayOf(NOW)]);
    assert.equal(days.since, NOW);
  });

  it("count what deletions take in memory, each counter once, until the last day that knows of them is dropped", () => {
    const days = keptDays();
    const yesterday = dayOf(NOW) - 1;
    days.raise("b", NOW, 5);
    const { bytes } = days;
    for (const version of [2, 3]) days.cut("a", { version, day: yesterday });
    days.raise("a", NOW - HOURS_A_DAY, 5, 3);
    assert.ok(days.cutBytes > 100 && days.cutBytes < 110, `${days.cutBytes} bytes for one counter`);
    assert.ok(days.bytes > bytes + days.cutBytes);
    const draft = new DaysDraft(days, { now: NOW, budget: days.bytes - 1 });
    assert.equal(draft.from, dayOf(NOW) * HOURS_A_DAY, "the oldest day stays though it is too much");
    draft.commit(4);
    assert.deepEqual([days.cutBytes, days.bytes], [0, bytes]);
  });

  it("begin with the first hour that has hits, whatever was deleted", () => {
    const days = keptDays();
    assert.equal(days.since, null);
    days.raise("a", NOW - HOURS_A_DAY, 5);
    days.cut("a", { version: 2, day: dayOf(NOW) - 1 });
    assert.equal(days.since, null);
    days.raise("b", NOW, 5);
    assert.equal(days.since, NOW);
    days.raise("a", NOW - 2, 5, 2);
    assert.equal(days.since, NOW - 2);
  });
});

describe("a date", () => {
  it("is the day that it names", () => {
    assert.equal(dateOf(dayOf(NOW)), "2026-11-29");
    fc.assert(fc.property(fc.integer({ min: 0, max: 2_932_896 }), (day) => assert.equal(dayIn(dateOf(day)), day)));
  });

  it("that is none is refused", () => {
    for (const text of ["2026-02-29", "2026-13-01", "2026-00-10", "1969-12-31", "2026-1-1", "today", ""])
      assert.equal(dayIn(text), null, text);
  });
});
