import assert from "node:assert/strict";
import type { HourHits } from "../../internal/core/days/kept_days.ts";
import type { Ledger } from "../../internal/core/ledger/ledger.ts";
import { HourBook, type HourOfHits } from "./hour_book.ts";

const NOW = 472_224;
/** Hours of the nodes that got a request with one key, one after the other. */
const HOURS = [NOW - 1, NOW, NOW + 24];

/** The book of hours explains what a transaction did if that can be explained, however many of its hits have more than one hour. */
describe("the book of hours", () => {
  const counters = Array.from({ length: 12 }, (_, i) => `counter-${i}`);

  it("takes hits of many counters that may each be in several hours", () => {
    const hits = counters.map((counter) => ({ counter, hours: HOURS, hits: 1 }));
    for (const at of [NOW - 1, NOW])
      assert.deepEqual(complaints(hits, new Map(counters.map((one) => [one, [at]]))), []);
  });

  it("takes many hits of one counter that may each be in several hours", () => {
    const hits = counters.map(() => ({ counter: "votes", hours: HOURS, hits: 1 }));
    const counted = counters.map((_, i) => (i % 2 === 0 ? NOW : NOW - 1));
    assert.deepEqual(complaints(hits, new Map([["votes", counted]])), []);
  });

  it("does not take one hit in an hour that no node showed, among all others", () => {
    const hits = counters.map((counter) => ({ counter, hours: HOURS, hits: 1 }));
    const counted = counters.map((one, i) => [one, [i === 7 ? NOW - 2 : NOW]] as const);
    assert.match(complaints(hits, new Map(counted)).join(), /counter-7 in 472222, acknowledged as/);
  });
});

/** What the book says when one transaction counts `hits`, one each, in these hours. */
function complaints(hits: readonly HourOfHits[], counted: ReadonlyMap<string, readonly number[]>): string[] {
  const said: string[] = [];
  const book = new HourBook(
    () => [NOW],
    (how) => said.push(how),
  );
  const sums = new Map([...counted].map(([counter, hours]) => [counter, hours.length]));
  book.write(ledgerWith(new Map()), ledgerWith(counted), hits, sums, new Set());
  return said;
}

function ledgerWith(counted: ReadonlyMap<string, readonly number[]>): Ledger {
  const read = (counter: string): HourHits[] => {
    const hours = Map.groupBy(counted.get(counter) ?? [], (hour) => hour);
    return [...hours].map(([hour, { length }]) => ({ hour, hits: length }));
  };
  return { version: 2, layout: {}, days: { read }, daysFrom: 0 } as unknown as Ledger;
}
