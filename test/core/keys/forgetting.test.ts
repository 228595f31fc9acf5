import assert from "node:assert/strict";
import { Forgetting, medianOf } from "../../../internal/core/keys/forgetting.ts";

/** How far keys may be forgotten: by the middle of the clocks, never back, and not fast. */
describe("forgetting keys", () => {
  const medians: [number[], number][] = [
    [[5], 5],
    [[9, 5], 5],
    [[1, 9, 5], 5],
    [[1, 9, 5, 7], 5],
    [[86_400_000, 5, 6, 0, 7], 6],
  ];
  for (const [clocks, median] of medians)
    it(`goes by ${median} of the clocks ${clocks.join(", ")}`, () => assert.equal(medianOf(clocks), median));

  it("begins wherever the clocks are, in whole milliseconds", () => {
    assert.equal(new Forgetting(0).next(0, 1_700_000_000_000.5, 0), 1_700_000_000_000);
  });

  it("never goes back", () => assert.equal(new Forgetting(0).next(5_000, 4_000, 100), 5_000));

  it("moves at most twice as fast as the leader's clock, and 20 seconds at once", () => {
    const forgetting = new Forgetting(0);
    assert.equal(forgetting.next(1_000, 999_999, 300), 1_600);
    assert.equal(forgetting.next(1_000, 999_999, 3_600_000), 21_000);
    assert.equal(forgetting.next(1_000, 1_001, 300), 1_001);
    forgetting.moved(300);
    assert.equal(forgetting.next(1_600, 999_999, 400), 1_800);
  });
});
