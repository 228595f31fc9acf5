import assert from "node:assert/strict";
import fc from "fast-check";
import { isConsistent } from "../../../internal/core/log/batch.ts";
import { addCounts, addHits, type Counts, sumOf } from "../../../internal/core/log/counts.ts";
import { counterName, counts, hitList, tally } from "../samples.ts";

/** Counts add up by name, and a segment is exactly the hits between its two offsets. */
describe("counts", () => {
  it("add up hit by hit", () => {
    fc.assert(
      fc.property(hitList, hitList, (some, more) => {
        const sums = tally(some);
        addCounts(sums, tally(more));
        assert.deepEqual(sums, tally([...some, ...more]));
        assert.equal(sumOf(sums), some.length + more.length);
      }),
    );
  });

  it("keep one number for a counter", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(counterName, fc.integer({ min: 1, max: 1_000_000 }))), (hits) => {
        const sums: Counts = new Map();
        for (const [counter, by] of hits) addHits(sums, counter, by);
        for (const [counter, sum] of sums)
          assert.equal(
            sum,
            hits.filter(([name]) => name === counter).reduce((total, [, by]) => total + by, 0),
          );
      }),
    );
  });

  it("leave what is added as it was", () => {
    const more = counts({ a: 2 });
    addCounts(counts({ a: 1 }), more);
    assert.deepEqual(more, counts({ a: 2 }));
  });
});

describe("a segment", () => {
  const cases: [name: string, from: number, to: number, hits: Record<string, number>, expected: boolean][] = [
    ["adds up", 3, 6, { a: 2, b: 1 }, true],
    ["is empty", 4, 4, {}, true],
    ["counts too much", 3, 6, { a: 4 }, false],
    ["counts too little", 3, 6, { a: 1 }, false],
    ["ends before it begins", 6, 3, { a: 3 }, false],
    ["ends before it begins, with nothing in it", 6, 3, {}, false],
  ];
  for (const [name, from, to, hits, expected] of cases)
    it(`that ${name} is ${expected ? "" : "not "}consistent`, () =>
      assert.equal(isConsistent({ from, to, counts: counts(hits) }), expected));
});
