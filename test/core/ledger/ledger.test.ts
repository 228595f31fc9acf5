import assert from "node:assert/strict";
import {
  audit,
  LedgerMismatch,
  positionOf,
  type Term,
  withTerm,
  writerOf,
} from "../../../internal/core/ledger/ledger.ts";
import { Totals } from "../../../internal/core/ledger/totals.ts";
import { ledgerWith, source } from "../samples.ts";

/** A ledger is only believed if its totals equal what its sources sent. It remembers who wrote which version. */
describe("a ledger's audit", () => {
  const totals = new Map([
    ["a", new Map([["eu", 2n ** 60n]])],
    ["b", new Map([["us", 3n]])],
  ]);
  const sources = new Map([[source(1), 2]]);
  const ended = new Map([[source(2), { watermark: 1, complete: true, version: 1 }]]);

  it("adds watermarks, ended sources and what was pruned", () => {
    audit(ledgerWith({ totals, sources, ended, prunedSum: 2n ** 60n }));
  });

  it("notices one hit too many or too few, also past 2^53", () => {
    for (const off of [1n, -1n])
      assert.throws(() => audit(ledgerWith({ totals, sources, ended, prunedSum: 2n ** 60n + off })), LedgerMismatch);
  });

  it("notices a total that changed by itself, of whichever counter", () => {
    const counters = Array.from({ length: 100 }, (_, i) => [`c${i}`, { regions: new Map(), generation: 0 }] as const);
    const sections = new Set<number>();
    for (const [counter] of counters) {
      class RottenTotals extends Totals {
        override addUp(section: number): bigint {
          return super.addUp(section) + (section === this.sectionOf(counter) ? 1n : 0n);
        }
      }
      const rotten = new RottenTotals(counters);
      sections.add(rotten.sectionOf(counter) % 16);
      assert.throws(() => audit({ ...ledgerWith(), totals: rotten }), /section \d+, sum to 1, and it was 0/);
    }
    assert.equal(sections.size, 16, "some section of pages has no counter");
  });

  it("says both sums", () => {
    assert.throws(() => audit(ledgerWith({ sources })), /version 1 does not add up: its totals sum to 0, .* to 2/);
  });

  it("is about the sum of all regions of all counters", () => {
    assert.equal(ledgerWith({ totals }).totals.sum, 2n ** 60n + 3n);
  });
});

describe("the terms of a ledger", () => {
  const terms: readonly Term[] = [
    { writer: "w1", from: 3 },
    { writer: "w2", from: 6 },
  ];
  const ledger = ledgerWith({ version: 8, terms });

  it("say who wrote which version, as far as they are remembered", () => {
    const writers = [2, 3, 5, 6, 8, 9].map((version) => writerOf(ledger, version));
    assert.deepEqual(writers, [undefined, "w1", "w1", "w2", "w2", undefined]);
  });

  it("name the writer of the present version", () => {
    assert.deepEqual(positionOf(ledger), { id: ledger.id, version: 8, writer: "w2" });
    assert.equal(positionOf(ledgerWith({ terms: [] })).writer, "");
  });

  it("begin with a new writer's first version", () => {
    assert.equal(withTerm(terms, "w2", 9), terms);
    assert.deepEqual(withTerm(terms, "w3", 9), [...terms, { writer: "w3", from: 9 }]);
  });

  it("are forgotten, oldest first, when there are very many", () => {
    let many: readonly Term[] = [];
    for (let i = 1; i <= 100; i++) many = withTerm(many, `w${i}`, i);
    assert.ok(many.length < 100);
    assert.equal(many.at(-1)?.writer, "w100");
  });
});
