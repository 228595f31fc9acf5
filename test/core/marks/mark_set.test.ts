import assert from "node:assert/strict";
import fc from "fast-check";
import type { Mark } from "../../../internal/core/marks/mark.ts";
import { MarkSet } from "../../../internal/core/marks/mark_set.ts";

/** Few values, so that marks come again, share places, and differ in one half alone. */
const half = fc.oneof(fc.nat(7), fc.integer({ min: 2 ** 32 - 4, max: 2 ** 32 - 1 }), fc.nat());
const mark: fc.Arbitrary<Mark> = fc.record({ high: half, low: half });

/** A set of marks is a set, and remembers in which order they came. */
describe("a set of marks", () => {
  it("has what was added, once, in its order", () => {
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 200 }), fc.array(mark, { maxLength: 20 }), (added, others) => {
        const set = new MarkSet();
        const model = new Map<string, Mark>();
        for (const one of added) {
          assert.equal(set.add(one), !model.has(textOf(one)));
          if (!model.has(textOf(one))) model.set(textOf(one), { ...one });
        }
        for (const one of [...added, ...others]) assert.equal(set.has(one), model.has(textOf(one)));
        assert.equal(set.size, model.size);
        assert.deepEqual([...set], [...model.values()]);
      }),
    );
  });

  it("grows past its blocks and indexes", () => {
    const set = new MarkSet();
    const at = (n: number) => ({ high: Math.imul(n, 0x9e3779b1) >>> 0, low: Math.imul(n, 0x85ebca77) >>> 0 });
    for (let n = 0; n < 20_000; n++) assert.ok(set.add(at(n)));
    for (let n = 0; n < 20_000; n++) assert.ok(set.has(at(n)) && !set.add(at(n)));
    for (let n = 20_000; n < 40_000; n++) assert.ok(!set.has(at(n)));
    assert.deepEqual([...set][19_999], at(19_999));
  });
});

function textOf({ high, low }: Mark): string {
  return `${high} ${low}`;
}
