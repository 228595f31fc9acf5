import assert from "node:assert/strict";
import { emptyLedger, type Ledger } from "../../../internal/core/ledger/ledger.ts";
import { FormatTerms, type FormatTermsDeps } from "../../../internal/services/leader/format_terms.ts";

/** Programs that know only format 1 could not read a ledger with keys, marks or adjustments. */
describe("what rounds may do beside counting batches", () => {
  const unused = {} as never;
  const deps: FormatTermsDeps = {
    self: { id: "one" },
    clock: { wall: () => 1_700_000_000_000 } as FormatTermsDeps["clock"],
    random: unused,
    settings: { keys: { window: 900_000, budget: 10 }, marks: { budget: 10 }, conversionDelay: 0 },
    followers: { all: () => [] } as never,
    adjustments: unused,
  };
  const termsOf = (ledger: Ledger) => new FormatTerms(deps).of(ledger, null);

  it("is nothing in a ledger of format 1", async () => {
    const ledger = emptyLedger("0123456789abcdef");
    assert.deepEqual(termsOf(ledger), { keyed: null, adjusting: null, marked: null });
    assert.equal(await new FormatTerms(deps).prepare(ledger), null);
    assert.deepEqual(new FormatTerms(deps).keyedLedger(ledger), { forgottenTo: null, waitsFor: [] });
  });

  it("is all of it in a ledger of format 2", () => {
    const ledger = { ...emptyLedger("0123456789abcdef"), layout: {} as Ledger["layout"] };
    const { keyed, marked } = termsOf(ledger);
    assert.ok(keyed && marked);
    assert.equal(new FormatTerms(deps).keyedLedger(ledger).forgottenTo, 0);
  });
});
