import assert from "node:assert/strict";
import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import { entriesOf, ledgerWith, newTotals } from "./many_counters_ledger.ts";

describe("a store that a bench writes", () => {
  it("can be read, and has what it was given", () => {
    const totals = newTotals();
    for (const counter of ["home", "about", "news"])
      totals.set(counter, { regions: new Map([["local", 7n]]), generation: 0 });
    const read = decodeLedger(new Map(entriesOf(ledgerWith(totals))));
    assert.deepEqual(new Map(read?.totals), new Map(totals));
    assert.equal(read?.prunedSum, 21n);
  });
});
