import assert from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { DayBlock } from "../../../internal/core/days/day_block.ts";
import type { DayChanges } from "../../../internal/core/days/day_changes.ts";
import { HOURS_A_DAY } from "../../../internal/core/days/hour.ts";
import { KeptDays } from "../../../internal/core/days/kept_days.ts";
import { BusiestCounters } from "../../../internal/services/counter/busiest_counters.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";

const DAY = 20_786;
const PAGES = 40;
/** With names as long as these, a page or two fill a block. */
const LONG = "-with-a-name-that-is-long";
const LISTED = 100;

/** A clock on which each look at it takes a millisecond. So a scan has slices of about five blocks. */
class SlowClock extends ManualClock {
  #passed = 0;

  override monotonic(): number {
    this.#passed++;
    return super.monotonic() + this.#passed;
  }
}

function pageOf(counter: string): number {
  return (Number.parseInt(counter.slice(1), 10) % PAGES) * 100;
}

class Busy {
  readonly days = new KeptDays(pageOf);
  readonly clock = new SlowClock();
  readonly busiest = new BusiestCounters(this.clock);
  /** Hits of DAY, as a plain count has them. */
  readonly plain = new Map<string, number>();
  #version = 0;
  readonly #looks: number[] = [];

  constructor() {
    const blocksOf = this.days.blocksOf.bind(this.days);
    this.days.blocksOf = (day) => {
      this.#looks.push(day);
      return blocksOf(day);
    };
  }

  hit(counter: string, hour: number, hits: number): void {
    const total = this.days.hits(counter, DAY * HOURS_A_DAY + hour) + hits;
    const version = this.days.cutOf(counter)?.version;
    const cuts = version === undefined ? undefined : new Map([[counter, { version, day: DAY }]]);
    this.#learn({ hours: new Map([[DAY * HOURS_A_DAY + hour, new Map([[counter, total]])]]), cuts });
    if (hour < HOURS_A_DAY) this.plain.set(counter, (this.plain.get(counter) ?? 0) + hits);
  }

  /** `day`: in which it is deleted. The records of the days before say nothing of that. */
  delete(counter: string, day = DAY): void {
    this.#learn({ cuts: new Map([[counter, { version: this.#version + 1, day }]]) });
    this.plain.delete(counter);
  }

  #learn(change: DayChanges): void {
    this.#version++;
    this.days.learn(change);
    this.busiest.changed(this.days, change);
  }

  /** Times that all counters of the day were looked at since the last call. */
  looks(): number {
    return this.#looks.splice(0).length;
  }

  /** Lets the scan go on, slice by slice. `between`: what happens meanwhile. */
  async ask(between: () => void = () => {}): Promise<string[] | null> {
    let answer: string[] | null | undefined;
    void this.busiest.of(this.days, DAY).then((list) => {
      answer = list?.map(({ counter, committed }) => `${counter} ${committed}`) ?? null;
    });
    for (let turns = 0; answer === undefined; turns++) {
      assert.ok(turns < 200, "it ends");
      await this.clock.advance(5);
      if (answer === undefined) between();
    }
    return answer;
  }

  expected(): string[] {
    const all = [...this.plain].filter(([, hits]) => hits > 0);
    all.sort(([a, hits], [b, others]) => others - hits || (a < b ? -1 : 1));
    return all.slice(0, LISTED).map(([counter, hits]) => `${counter} ${hits}`);
  }
}

/** Each counter has one hit more than the one before. */
function daysOf(counters: number): KeptDays {
  const pages = Math.ceil(counters / 250);
  const days = new KeptDays((counter) => Number(counter.slice(1)) % pages);
  for (let page = 0; page < pages; page++) {
    const block = new DayBlock();
    for (let at = page; at < counters; at += pages) block.raise(`c${at}`, 3, at + 1, 0);
    days.load(DAY, page, block.body(), 1);
  }
  return days;
}

/** `/counters?sort=today` sorts all counters, and neither waits for them in one turn nor looks at them again for each reader. */
describe("counters with the most hits of a day", () => {
  it("are what a plain count says, whatever comes before, during and after the first look", async () => {
    const counter = fc.integer({ min: 0, max: 299 }).map((number) => `c${number}${LONG}`);
    const step = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({
          kind: fc.constant("hit" as const),
          counter,
          hour: fc.integer({ min: 0, max: 30 }),
          hits: fc.integer({ min: 1, max: 9 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("delete" as const), counter, day: fc.constantFrom(DAY, DAY + 1) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("ask" as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 400, size: "max" }), async (steps) => {
        const busy = new Busy();
        for (let at = 0; at < 150; at++) busy.hit(`c${at}`, at % HOURS_A_DAY, 1 + (at % 7));
        const left = steps[Symbol.iterator]();
        const act = () => {
          const { value } = left.next();
          if (value?.kind === "hit") busy.hit(value.counter, value.hour, value.hits);
          if (value?.kind === "delete") busy.delete(value.counter, value.day);
          return value;
        };
        for (let value = act(); value !== undefined; value = act()) {
          if (value.kind !== "ask") continue;
          const list = await busy.ask(act);
          if (list !== null) assert.deepEqual(list, busy.expected());
        }
        assert.deepEqual(await busy.ask(), busy.expected());
      }),
      { numRuns: 60 },
    );
  });

  it("are looked at in slices, once for all who ask, and follow each change from then on", async () => {
    const busy = new Busy();
    for (let at = 0; at < 800; at++) busy.hit(`c${at}${LONG}`, 3, at + 1);
    let slices = 0;
    assert.deepEqual(await busy.ask(() => slices++), busy.expected());
    assert.ok(slices >= PAGES / 6, `${slices} slices`);
    busy.hit(`c7${LONG}`, 4, 1_000);
    slices = 0;
    assert.equal((await busy.ask(() => slices++))?.[0], `c7${LONG} 1008`);
    assert.equal(slices, 0);
  });

  it("are looked at again after one of them was deleted: nobody knew the next one", async () => {
    const busy = new Busy();
    for (let at = 0; at < 101; at++) busy.hit(`c${at}`, 3, at + 1);
    assert.equal((await busy.ask())?.at(-1), "c1 2");
    busy.delete("c50");
    assert.equal((await busy.ask())?.at(-1), "c0 1");
  });

  it("are not told while each look ends with a deletion", async () => {
    const busy = new Busy();
    for (let at = 0; at < 400; at++) busy.hit(`c${at}${LONG}`, 3, 1);
    let next = 0;
    const deleteOneOfEachPage = () => {
      for (const end = next + PAGES; next < end; next++) busy.delete(`c${next}${LONG}`);
    };
    assert.equal(await busy.ask(deleteOneOfEachPage), null);
  });

  it("stop the event loop for a few milliseconds at a time, however many counters have hits", async () => {
    const days = daysOf(100_000);
    let [longest, whole] = [0, 0];
    const measured = new BusiestCounters({
      ...systemClock,
      after: (ms, task) =>
        systemClock.after(ms, () => {
          const began = process.threadCpuUsage();
          task();
          const { user, system } = process.threadCpuUsage(began);
          longest = Math.max(longest, (user + system) / 1_000);
          whole += (user + system) / 1_000;
        }),
    });
    const list = await measured.of(days, DAY);
    assert.deepEqual(list?.[0], { counter: "c99999", committed: 100_000n });
    assert.equal(list?.length, LISTED);
    // Another program may have the processor meanwhile, so this is the time that it took from it.
    assert.ok(longest < 50, `${longest} ms of ${whole} ms in one turn`);
  });

  it("cost nothing once nobody has asked for a minute", async () => {
    const busy = new Busy();
    busy.hit("c1", 3, 1);
    await busy.ask();
    assert.equal(busy.looks(), 1);
    await busy.clock.advance(61_000);
    busy.hit("c1", 3, 1);
    assert.equal(busy.looks(), 0);
    await busy.ask();
    assert.equal(busy.looks(), 1);
  });

  it("are forgotten when very many have changed, and nothing is looked at before somebody asks", async () => {
    const busy = new Busy();
    busy.hit("c1", 3, 1);
    await busy.ask();
    assert.equal(busy.looks(), 1);
    for (let at = 0; at < 100_100; at += 100) {
      const hits = Array.from({ length: 100 }, (_, more) => [`c${at + more}`, 1] as const);
      busy.busiest.changed(busy.days, { hours: new Map([[DAY * HOURS_A_DAY, new Map(hits)]]) });
    }
    assert.equal(busy.looks(), 0);
    assert.deepEqual(await busy.ask(), ["c1 1"]);
    assert.equal(busy.looks(), 1);
  });
});
