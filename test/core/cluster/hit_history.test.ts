import assert from "node:assert/strict";
import fc from "fast-check";
import { HISTORY_SECONDS, HitHistory } from "../../../internal/core/cluster/hit_history.ts";

const sum = (hits: readonly number[]) => hits.reduce((all, by) => all + by, 0);

/** The history has what each second of the last five minutes added, and invents nothing where totals are unknown. */
describe("the history of hits", () => {
  let history: HitHistory;
  beforeEach(() => {
    history = new HitHistory();
  });

  it("is empty before the first snapshot, and in the second that is not over", () => {
    history.add([["visits", 5]], 3_000);
    assert.deepEqual(history.read("visits"), { from: 0, hits: [] });
    history.restart(3_000);
    history.add([["visits", 5]], 3_900);
    assert.deepEqual(history.read("visits").hits, []);
  });

  it("spreads what a snapshot adds over the time since the one before", () => {
    history.restart(1_000);
    history.add([["visits", 10]], 2_500);
    history.add([["visits", 6]], 4_000);
    const third = 10 / 3;
    assert.deepEqual(rounded(history.read("visits").hits), rounded([2 * third, third + 2, 4]));
    assert.equal(history.read("visits").from, 1);
  });

  it("has zeros where nothing was counted, also of a counter that nobody counts", () => {
    history.restart(0);
    history.add([["visits", 1]], 1_000);
    history.add([], 4_000);
    history.add([["visits", 2]], 5_000);
    assert.deepEqual(history.read("visits").hits, [1, 0, 0, 0, 2]);
    assert.deepEqual(history.read("other").hits, [0, 0, 0, 0, 0]);
  });

  it("fills an outage when it is over", () => {
    history.restart(0);
    history.add([["visits", 1]], 1_000);
    history.add([], 61_000);
    assert.deepEqual(history.read("visits").hits, [1], "what it brought is still to come");
    history.add([["visits", 100]], 62_000);
    history.add([["visits", 500]], 63_000);
    history.add([], 64_000);
    history.add([], 65_000);
    const { hits } = history.read("visits");
    assert.deepEqual([hits.length, Math.round(sum(hits))], [65, 601]);
    assert.ok(Math.max(...hits) < 10 && Math.min(...hits.slice(1, 61)) > 9, `${hits}`);
  });

  it("forgets after five minutes", () => {
    history.restart(0);
    history.add([["visits", 7]], 1_000);
    for (let second = 2; second <= HISTORY_SECONDS + 5; second++) history.add([["visits", 1]], second * 1_000);
    const { from, hits } = history.read("visits");
    assert.deepEqual([from, hits.length, sum(hits)], [6, HISTORY_SECONDS - 1, HISTORY_SECONDS - 1]);
  });

  it("begins anew when totals cannot be compared", () => {
    history.restart(0);
    history.add([["visits", 7]], 2_000);
    history.restart(2_000);
    history.add([["visits", 1]], 3_000);
    assert.deepEqual(history.read("visits"), { from: 2, hits: [1] });
  });

  it("keeps a place for a thousand counters, and takes new ones when old ones are quiet", () => {
    history.restart(0);
    history.add(
      Array.from({ length: 1_000 }, (_, i) => [`c${i}`, 1] as const),
      1_000,
    );
    history.add([["late", 1]], 2_000);
    assert.deepEqual(history.read("late").hits, []);
    assert.deepEqual(history.read("c999").hits, [1, 0]);
    for (let second = 3; second <= HISTORY_SECONDS + 10; second++) history.add([], second * 1_000);
    history.add([["late", 5]], (HISTORY_SECONDS + 11) * 1_000);
    assert.equal(history.read("late").hits.at(-1), 5);
  });

  it("loses and invents nothing, whenever rounds come", () => {
    const rounds = fc.array(
      fc.record({ after: fc.integer({ min: 1, max: 5_000 }), hits: fc.integer({ min: 0, max: 1e6 }) }),
      {
        minLength: 1,
        maxLength: 50,
      },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), rounds, (start, rounds) => {
        const history = new HitHistory();
        let now = Math.ceil(start / 1_000) * 1_000;
        history.restart(now);
        for (const { after, hits } of rounds) {
          now += after;
          history.add([["visits", hits]], now);
        }
        for (let quiet = 1; quiet <= 6; quiet++) history.add([], Math.ceil(now / 1_000) * 1_000 + quiet * 1_000);
        const all = sum(rounds.map(({ hits }) => hits));
        assert.ok(Math.abs(sum(history.read("visits").hits) - all) <= 1e-6 * all);
      }),
    );
  });
});

function rounded(hits: readonly number[]): number[] {
  return hits.map((by) => Math.round(by * 1e6) / 1e6);
}
