import assert from "node:assert/strict";
import fc from "fast-check";
import type { CounterTotal } from "../../../internal/core/ledger/counter_total.ts";
import { PAGES, sectionsOf, Totals } from "../../../internal/core/ledger/totals.ts";

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?$/);
const region = fc.constantFrom("eu", "us", "other", "Zürich / 3");
const total = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const regions = fc.uniqueArray(fc.tuple(region, total), { selector: ([key]) => key }).map((pairs) => new Map(pairs));
const counterTotal: fc.Arbitrary<CounterTotal> = fc.record(
  { regions, generation: fc.nat(2 ** 31) },
  { noNullPrototype: true },
);
/** More counters than a group has, so that groups are divided. */
const many = fc
  .array(fc.tuple(fc.nat(1_500), fc.option(counterTotal, { freq: 4 })), {
    minLength: 600,
    maxLength: 1_500,
    size: "max",
  })
  .map((all) => all.map(([number, next]) => [`counter-${number}`, next] as const));
/** Few names, so that steps meet. */
const steps = fc
  .uniqueArray(name, { minLength: 1, maxLength: 12 })
  .chain((names) =>
    fc.array(fc.tuple(fc.constantFrom(...names), fc.option(counterTotal, { freq: 4 })), { maxLength: 60 }),
  );

/** Totals are what a plain map would be, and know the sum of each page. */
type Step = readonly [counter: string, next: CounterTotal | null | undefined];

/** Sets or deletes a counter in both. */
function take([counter, next]: Step, totals: Totals, model: Map<string, CounterTotal>): void {
  for (const one of [totals, model]) {
    if (next) one.set(counter, next);
    else one.delete(counter);
  }
}

describe("totals", () => {
  it("are what was set last, without what was deleted", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const totals = new Totals([], "00000000000000ff");
        const model = new Map<string, CounterTotal>();
        for (const step of all) take(step, totals, model);
        assert.deepEqual(new Map([...totals].sort()), new Map([...model].sort()));
        for (const [counter] of all) assert.deepEqual(totals.get(counter), model.get(counter));
        for (const [counter] of all) assert.equal(totals.has(counter), model.has(counter));
        assert.equal(totals.size, model.size);
        assert.equal(totals.sum, sumOf(model));
      }),
    );
  });

  it("are what was set last on each page, however many pages are kept together", () => {
    fc.assert(
      fc.property(many, fc.stringMatching(/^[0-9a-f]{16}$/), (all, seed) => {
        const totals = new Totals([], seed);
        const model = new Map<string, CounterTotal>();
        for (const step of all) take(step, totals, model);
        const byPage = Map.groupBy(model, ([counter]) => totals.pageOf(counter));
        assert.deepEqual(new Set(totals.pages()), new Set(byPage.keys()));
        for (const [page, expected] of byPage) {
          assert.deepEqual(new Map(totals.counters(page)), new Map(expected));
          assert.equal([...totals.counters(page)].length, expected.length);
          for (const section of sectionsOf(page)) {
            const sum = sumOf(expected.filter(([counter]) => totals.sectionOf(counter) === section));
            assert.deepEqual([totals.addUp(section), totals.sumOf(section)], [sum, sum]);
          }
        }
        assert.deepEqual(new Map(totals), model);
        assert.deepEqual([totals.size, totals.sum], [model.size, sumOf(model)]);
      }),
      { numRuns: 10 },
    );
  });

  it("are updated in their places if the counter has these regions, and only then", () => {
    const generation = fc.nat(1).map((last) => 2 ** 40 + last);
    const small = fc.record({ regions, generation }, { noNullPrototype: true });
    fc.assert(
      fc.property(small, small, fc.boolean(), (before, after, exists) => {
        const totals = new Totals([["votes", after]]);
        if (exists) totals.set("visits", before);
        const had = [...totals.counters(totals.pageOf("visits"))].length;
        const isThere =
          exists && sameGeneration(before, after) && [...after.regions.keys()].every(isIn(before.regions));
        assert.equal(totals.update("visits", after), isThere);
        const expected = isThere ? { ...after, regions: new Map([...before.regions, ...after.regions]) } : before;
        assert.deepEqual(totals.get("visits"), exists ? expected : undefined);
        assert.equal([...totals.counters(totals.pageOf("visits"))].length, had);
        assert.equal(totals.sum, sumOf(new Map(totals)));
        assert.equal(totals.sumOf(totals.sectionOf("visits")), totals.addUp(totals.sectionOf("visits")));
      }),
    );
  });

  it("are the same if they are added page by page", () => {
    const [totals, copy] = [thousands(), new Totals([], thousands().seed)];
    for (const page of totals.pages()) assert.equal(copy.addPage(page, [...totals.counters(page)]), null);
    assert.deepEqual(new Map(copy), new Map(totals));
    for (const page of totals.pages())
      for (const section of sectionsOf(page)) assert.equal(copy.addUp(section), totals.sumOf(section));
    assert.deepEqual([copy.size, copy.sum, copy.bytes], [totals.size, totals.sum, totals.bytes]);
  });

  it("take no page with a counter of another page, or with one twice", () => {
    const totals = new Totals();
    const total = { regions: new Map([["eu", 1n]]), generation: 0 };
    const [page, other] = [totals.pageOf("visits"), totals.pageOf("votes")];
    assert.notEqual(page, other);
    assert.equal(totals.addPage(other, [["visits", total]]), "visits");
    assert.deepEqual([[...totals], [...totals.pages()], totals.sum], [[], [], 0n]);
    const twice: [string, CounterTotal] = ["visits", total];
    assert.equal(totals.addPage(page, [twice, twice]), "visits");
    assert.deepEqual([[...totals], totals.size, totals.sum], [[twice], 1, 1n]);
  });

  it("add up section by section, as kept and as counted again", () => {
    const totals = thousands();
    let sum = 0n;
    for (const page of totals.pages()) {
      const counters = [...totals.counters(page)];
      assert.ok(page < PAGES && counters.every(([counter]) => totals.pageOf(counter) === page));
      assert.ok(counters.every(([counter]) => sectionsOf(page).includes(totals.sectionOf(counter))));
      for (const section of sectionsOf(page)) {
        assert.equal(totals.addUp(section), totals.sumOf(section));
        sum += totals.sumOf(section);
      }
    }
    assert.equal(sum, totals.sum);
  });

  it("are spread over all pages, and otherwise with another seed (H72)", () => {
    const totals = thousands();
    const largest = Math.max(...[...totals.pages()].map((page) => [...totals.counters(page)].length));
    assert.ok(largest < 20, `${largest} of 20,000 counters are in one page`);
    const [page] = [...totals.pages()] as [number];
    const together = [...totals.counters(page)].map(([counter]) => counter);
    const elsewhere = new Totals([], "0123456789abcdef");
    assert.ok(new Set(together.map((counter) => elsewhere.pageOf(counter))).size > 1);
  });

  it("give back the room of counters that are gone", () => {
    const totals = thousands();
    for (const [counter] of [...totals]) totals.delete(counter);
    assert.deepEqual([totals.size, totals.sum, totals.bytes, [...totals.pages()]], [0, 0n, 0, []]);
  });

  it("are at most 64 bits each", () => {
    for (const wrong of [-1n, 2n ** 64n])
      assert.throws(() => new Totals([["a", { regions: new Map([["eu", wrong]]), generation: 0 }]]), /64 bits/);
  });
});

function thousands(): Totals {
  const counters = Array.from({ length: 20_000 }, (_, i): [string, CounterTotal] => [
    `counter-${i}`,
    { regions: new Map([["eu", BigInt(i) * 2n ** 40n]]), generation: i },
  ]);
  return new Totals(counters, "fedcba9876543210");
}

function sameGeneration(one: CounterTotal, other: CounterTotal): boolean {
  return one.generation === other.generation;
}

function isIn(regions: ReadonlyMap<string, bigint>): (region: string) => boolean {
  return (region) => regions.has(region);
}

function sumOf(counters: Iterable<[string, CounterTotal]>): bigint {
  let sum = 0n;
  for (const [, { regions }] of counters) for (const total of regions.values()) sum += total;
  return sum;
}
