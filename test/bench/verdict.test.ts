import assert from "node:assert/strict";
import { spreadOf } from "./spread.ts";
import { verdict } from "./verdict.ts";

/** The verdict on a contest says what it is based on. */
describe("the verdict on a contest", () => {
  const report = (ratio: number, byCpu: number, busy: number) => ({
    ratio: spreadOf([ratio]),
    byCpu: spreadOf([byCpu]),
    ours: spreadOf([960]),
    theirs: spreadOf([1000]),
    busy,
    acknowledged: { ours: 0, theirs: 0 },
  });

  it("is by the rate while the server is what limits it", () => {
    assert.equal(verdict(report(0.96, 0.5, 0.9), 0.95).reached, true);
    assert.equal(verdict(report(0.94, 1, 1), 0.95).reached, false);
    assert.match(verdict(report(0.96, 0.5, 1), 0.95).result, /^0\.96 .*; by CPU time 0\.50/);
  });

  it("is by CPU time when the server's core was idle, and says so", () => {
    assert.equal(verdict(report(0.3, 0.96, 0.89), 0.95).reached, true);
    assert.equal(verdict(report(1.2, 0.94, 0.15), 0.95).reached, false);
    assert.match(verdict(report(0.3, 0.96, 0.15), 0.95).result, /^0\.96 .* by CPU time, because .*; by rate 0\.30/);
  });
});
