import assert from "node:assert/strict";
import fc from "fast-check";
import { UnreadableLedger } from "../../../internal/core/ledger/entry_fields.ts";
import { daysInText, daysText } from "../../../internal/core/ledger/page_days.ts";

/** The days of a page are a short text, however many there are. */
describe("the days that a page names", () => {
  it("are read as they were written", () => {
    // To the last day of all clocks, that of 9999.
    const days = fc
      .constantFrom(20_786, 2_932_896)
      .chain((last) => fc.uniqueArray(fc.integer({ min: last - 1_000, max: last }), { minLength: 1 }));
    fc.assert(
      fc.property(days, (days) => {
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

  for (const text of ["", "20786", "20786+", "+f", "20786+g", "-1+1", "20786+1 ", "2932897+f", "2932895+7"])
    it(`are not ${JSON.stringify(text)}`, () => {
      assert.throws(() => daysInText("pages/0001", text), UnreadableLedger);
    });
});
