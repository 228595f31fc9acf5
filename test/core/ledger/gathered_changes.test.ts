import assert from "node:assert/strict";
import fc from "fast-check";
import type { KeptDays } from "../../../internal/core/days/kept_days.ts";
import type { CounterTotal } from "../../../internal/core/ledger/counter_total.ts";
import { GatheredChanges } from "../../../internal/core/ledger/gathered_changes.ts";
import { daysOf } from "../../../internal/core/ledger/ledger.ts";
import { applyCounter } from "../../../internal/core/ledger/round_change.ts";
import { encodeRound, type RoundChange, RoundReader, roundName } from "../../../internal/core/ledger/round_encoding.ts";
import { Totals } from "../../../internal/core/ledger/totals.ts";

const HOUR = 490_000;
/** Few, so that most rounds change what others changed. */
const NAMES = Array.from({ length: 12 }, (_, i) => `counter-${i}`);

const name = fc.constantFrom(...NAMES);
const total: fc.Arbitrary<CounterTotal> = fc.record({
  regions: fc
    .uniqueArray(fc.tuple(fc.constantFrom("eu", "us", "asia"), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
      selector: ([region]) => region,
    })
    .map((regions) => new Map(regions)),
  generation: fc.constantFrom(0, 7, 2 ** 40),
});
const counters = fc.uniqueArray(fc.tuple(name, fc.option(total)), { selector: ([counter]) => counter });
const hours = fc.uniqueArray(fc.tuple(fc.nat(40), fc.nat(2 ** 40)), { selector: ([hour]) => hour, maxLength: 3 });

/** Rounds with versions from 1 on. Some counters were deleted in one of them. */
const rounds = fc.array(fc.tuple(counters, hours, fc.boolean())).map((all) =>
  all.map(([changed, hits, isDeleted], i): RoundChange => {
    const names = changed.map(([counter]) => counter);
    return {
      version: i + 1,
      counters: new Map(changed),
      ended: new Map(),
      hours: new Map(hits.map(([hour, by]) => [HOUR + hour, new Map(names.map((counter, at) => [counter, by + at]))])),
      cuts: new Map(isDeleted ? names.slice(0, 1).map((counter) => [counter, { version: i + 1, day: 20_417 }]) : []),
    };
  }),
);

function contentOf(totals: Totals, days: KeptDays, hasCuts: boolean) {
  const read = NAMES.map((counter) => days.read(counter, 0, 2 ** 40));
  // Hits from before a deletion may be recorded or not, because they do not count.
  const unwritten = NAMES.map((counter) => (hasCuts ? [] : days.unwritten(totals.pageOf(counter)).sort()));
  return [new Map([...totals].sort()), totals.sum, read, unwritten];
}

/** Changes that are gathered have the same result as rounds that are applied one by one. */
describe("changes that are gathered by page", () => {
  it("are as those of rounds one by one, whenever they are applied, to the pages that lack them", () => {
    fc.assert(
      fc.property(rounds, fc.func(fc.nat(12)), fc.func(fc.boolean()), (all, foldedIn, isApplied) => {
        const [expected, totals] = [new Totals(), new Totals()];
        const [expectedDays, days] = [daysOf(expected), daysOf(totals)];
        const gathered = new GatheredChanges();
        for (const change of all) {
          const { version, hours = new Map(), cuts = new Map() } = change;
          const lacks = (page: number) => version > foldedIn(page);
          const lacking = new Set<number>();
          for (const known of [expectedDays, days]) known.learn({ cuts });
          for (const [counter, total] of change.counters) {
            const page = expected.pageOf(counter);
            if (!lacks(page)) continue;
            lacking.add(page);
            applyCounter(expected, counter, total);
            for (const [hour, hits] of hours)
              if (hits.has(counter)) expectedDays.raise(counter, hour, hits.get(counter), cuts.get(counter)?.version);
          }
          const round = new RoundReader(roundName(version), encodeRound(change));
          assert.deepEqual(
            gathered.add(round, (counter) => totals.pageOf(counter), lacks),
            lacking,
          );
          if (isApplied(version)) for (const _ of gathered.apply(totals, days));
        }
        for (const _ of gathered.apply(totals, days));
        const hasCuts = all.some(({ cuts }) => cuts && cuts.size > 0);
        assert.deepEqual(contentOf(totals, days, hasCuts), contentOf(expected, expectedDays, hasCuts));
      }),
    );
  });

  it("are full before they take more than 10 MB", () => {
    const gathered = new GatheredChanges();
    const totals = new Totals();
    const regions = new Map([["eu", 1n]]);
    const many = Array.from({ length: 20_000 }, (_, i): [string, CounterTotal] => [
      `counter-${i}`.padEnd(100, "x"),
      { regions, generation: 0 },
    ]);
    const round = new RoundReader(roundName(1), encodeRound({ version: 1, counters: new Map(many), ended: new Map() }));
    let added = 0;
    for (; !gathered.isFull; added++)
      gathered.add(
        round,
        (counter) => totals.pageOf(counter),
        () => true,
      );
    assert.ok(added === 4, `${added} rounds of 2 MB`);
    for (const _ of gathered.apply(totals, daysOf(totals)));
    assert.deepEqual([gathered.isFull, totals.size], [false, many.length]);
  });
});
