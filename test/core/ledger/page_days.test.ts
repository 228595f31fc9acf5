import assert from "node:assert/strict";
import fc from "fast-check";
import { UnreadableLedger } from "../../../internal/core/ledger/entry_fields.ts";
import { daysInText, daysText } from "../../../internal/core/ledger/page_days.ts";

/** The days of a page are a short text, however many there are. */
describe("the days that a page names", () => {
  it("are read as they were written", () => {
    const day = fc.integer({ min: 20_000, max: 21_000 });
    fc.assert(
      fc.property(fc.uniqueArray(day, { minLength: 1 }), (days) => {
        assert.deepEqual(
          daysInText("pages/0001", daysText(days)),
          days.sort((a, b) => a - b),
        );
      }),
    );
  });

  it("take a hundred digits for four hundred days", () => {
    assert.equal(daysText(Array.from({ length: 400 }, (_, at) => 20_786 + at)), `20786+${"f".repeat(100)}`);
    assert.equal(daysText([20_786, 20_791]), "20786+12");
  });

  for (const text of ["", "20786", "20786+", "+f", "20786+g", "-1+1", "20786+1 ", "2932897+f"])
    it(`are not ${JSON.stringify(text)}`, () => {
      assert.throws(() => daysInText("pages/0001", text), UnreadableLedger);
    });
});
