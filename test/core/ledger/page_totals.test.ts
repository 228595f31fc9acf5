import assert from "node:assert/strict";
import fc from "fast-check";
import { PageTotals } from "../../../internal/core/ledger/page_totals.ts";
import { RegionNames } from "../../../internal/core/ledger/region_names.ts";
import { PAGE_BITS, pageOf } from "../../../internal/core/page_groups.ts";

const HASH_BITS = 32;
/** Hashes of a group whose counters' hashes begin with `bits` ones. Many are at its end, where the table begins again. */
const groups = fc.integer({ min: 0, max: PAGE_BITS }).chain((bits) => {
  const range = 2 ** (HASH_BITS - bits);
  const below = fc.oneof(fc.nat(Math.min(range, 4_000) - 1), fc.nat(range - 1));
  return fc.record({ bits: fc.constant(bits), hashes: fc.array(below, { minLength: 1, maxLength: 60, size: "max" }) });
});

/** The counters of neighbouring pages are told apart, wherever the table has put them. */
describe("a group of pages", () => {
  it("has each counter once, on its page, and so have its halves", () => {
    fc.assert(
      fc.property(groups, ({ bits, hashes }) => {
        const group = new PageTotals(new RegionNames(), bits);
        const model = new Map<string, { readonly hash: number; readonly total: bigint }>();
        for (const [at, below] of hashes.entries()) {
          const one = { hash: 2 ** HASH_BITS - 1 - below, total: 2n ** BigInt(at) };
          group.set(`c${at}`, one.hash, { regions: new Map([["eu", one.total]]), generation: at });
          model.set(`c${at}`, one);
        }
        const parts = bits < PAGE_BITS ? group.halves() : [];
        assert.equal(group.size, model.size);
        if (parts.length > 0) assert.equal(parts[0]!.size + parts[1]!.size, model.size);
        for (const page of new Set([...model.values()].map(({ hash }) => pageOf(hash)))) {
          const expected = [...model].filter(([, { hash }]) => pageOf(hash) === page);
          const sum = expected.reduce((all, [, { total }]) => all + total, 0n);
          for (const pages of [[group], parts].filter(({ length }) => length > 0)) {
            const names = pages.flatMap((one) => [...one.counters(page)].map(([name]) => name));
            assert.deepEqual(names.sort(), expected.map(([name]) => name).sort());
            assert.equal(
              pages.reduce((all, one) => all + one.addUp(page), 0n),
              sum,
            );
          }
        }
      }),
    );
  });
});
