import assert from "node:assert/strict";
import { MAX_MARKS } from "../../../internal/core/marks/mark_draft.ts";
import { type Period, periodAt } from "../../../internal/core/marks/period.ts";
import { needs } from "../../needs.ts";
import { batch, LEDGER_ID, source } from "../samples.ts";
import { Leading, NOON_MS } from "./marking_leader.ts";

const HOUR_MS = 3_600_000;
const VISITORS = 1_000_000;
/** In the first hour of the next day. */
const EARLY_VISITORS = 250_000;
const PAGES = 300;
const A_ROUND = 3_000;
const SITE = "blog.example/_visitors";

/** A million visitors a day of a site and of one page each fit into the budget: none is counted twice, and none is forgotten. */
describe("a million visitors a day", function () {
  this.timeout(600_000);

  it("are each counted once, also by the next leader, and so are those of the next day's first hour", function () {
    needs(this, "more time");
    const leader = new Leading();
    leader.budget = MAX_MARKS;
    leader.round([], { batches: [batch(source(1), 0, 1, { firstOffer: { id: LEDGER_ID, version: 1 } })] });
    const today = periodAt("day", NOON_MS);
    come(leader, today, 0, VISITORS, 1);
    assert.deepEqual(visitors(leader), { site: VISITORS, pages: VISITORS });
    leader.takeOver();
    come(leader, today, 0, VISITORS, 10);
    assert.deepEqual(visitors(leader), { site: VISITORS, pages: VISITORS }, "who came again");
    leader.pass(12 * HOUR_MS);
    come(leader, periodAt("day", leader.wall), VISITORS / 2, EARLY_VISITORS, 1);
    const all = VISITORS + EARLY_VISITORS;
    assert.deepEqual(visitors(leader), { site: all, pages: all }, "after midnight");
    assert.equal(leader.rounds.ledger.marks.size, MAX_MARKS);
    leader.pass(3 * HOUR_MS);
    assert.equal(leader.rounds.ledger.marks.size, 2 * EARLY_VISITORS, "yesterday's are forgotten");
  });
});

/** Every `step`-th visitor from `first` on looks at one page. */
function come(leader: Leading, period: Period, first: number, count: number, step: number): void {
  const refused: number[] = [];
  for (let from = 0; from < count; from += A_ROUND * step) {
    const marks = [];
    for (let at = from; at < Math.min(count, from + A_ROUND * step); at += step) {
      const visitor = first + at;
      for (const [of, counter] of [SITE, `blog.example/posts/${visitor % PAGES}/_visitors`].entries())
        marks.push({ number: marks.length + 1, counter, period, ...hashOf(2 * visitor + of) });
    }
    const { verdict } = leader.round(marks) ?? {};
    if (verdict !== undefined) assert.equal(verdict.through, marks.length, "all had their turn");
    refused.push(...(verdict?.refused ?? []));
  }
  assert.equal(refused.length, 0, `${refused.length} marks were refused`);
}

/** Different for different numbers. */
function hashOf(number: number): { readonly high: number; readonly low: number } {
  return { high: Math.imul(number, 0x9e3779b1) >>> 0, low: Math.imul(number ^ (number >>> 15), 0x85ebca77) >>> 0 };
}

function visitors(leader: Leading): { readonly site: number; readonly pages: number } {
  let [site, pages] = [0, 0];
  for (const [counter, { regions }] of leader.rounds.ledger.totals) {
    const total = [...regions.values()].reduce((sum, total) => sum + Number(total), 0);
    if (counter === SITE) site += total;
    else if (counter.endsWith("/_visitors")) pages += total;
  }
  return { site, pages };
}
