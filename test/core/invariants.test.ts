import assert from "node:assert/strict";
import { BrokenInvariant, invariant } from "../../internal/core/invariant.ts";
import { addHits } from "../../internal/core/log/counts.ts";
import { SourceLog } from "../../internal/core/log/source_log.ts";
import { Counters } from "../../internal/services/counter/counters.ts";

const broken = (message: RegExp) => (error: unknown) =>
  error instanceof BrokenInvariant && message.test((error as Error).message);

// State that contradicts itself is found where it is next used, and told with its name and both values.
describe("an invariant", () => {
  it("costs nothing while it holds", () => {
    assert.equal(invariant(1 <= 2, "shown <= end", 1, 2), undefined);
  });

  it("is told by its name and both values", () => {
    assert.throws(() => invariant(3 <= 2, "shown <= end", 3, 2), broken(/^shown <= end does not hold: 3 and 2$/));
  });

  for (const by of [0, -1, 1.5, 2 ** 53, Number.NaN])
    it(`of counts: ${by} is no number of hits`, () => {
      assert.throws(() => addHits(new Map(), "visits", by), broken(/positive integer/));
    });

  it("of a log: its hits add up to its end", () => {
    const log = new SourceLog("00000000000000aa", "eu");
    log.add("visits", 2);
    log.end = 3;
    assert.throws(() => log.seal(), broken(/add up to its end does not hold: 2 and 3/));
  });

  it("of a log: what was shown lies before its end", () => {
    const log = new SourceLog("00000000000000aa", "eu");
    log.shown = 5;
    assert.throws(() => log.close(), broken(/shown <= end does not hold: 5 and 0/));
  });

  it("of a log: it has no holes", () => {
    const log = new SourceLog("00000000000000aa", "eu");
    log.add("visits", 1);
    log.seal();
    log.segments = [{ from: 1, to: 2, counts: new Map([["visits", 1]]) }];
    log.add("visits", 1);
    assert.throws(() => log.close(), broken(/begins where the one before it ends does not hold: 1 and 0/));
  });

  it("of a page: a snapshot covers only what is pending", () => {
    const counters = new Counters("eu");
    counters.addPending("visits", 2);
    const segment = { from: 0, to: 3, counts: new Map([["visits", 3]]) };
    assert.throws(() => counters.removePending([segment]), broken(/only what is pending does not hold: 2 and 3/));
  });
});
