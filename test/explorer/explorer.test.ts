import assert from "node:assert/strict";
import { isQuick } from "../needs.ts";
import { describeReport } from "./report.ts";
import { SCOPES } from "./scopes.ts";
import { exploreEach } from "./search.ts";

/** Seconds for all scopes together; longer walks go further. */
const SECONDS = Number(process.env.EXPLORE_SECONDS ?? (isQuick() ? 5 : 20));
/** Transitions in each scope, however little time a slow machine has for it. */
const LEAST = 100;

/** Every interleaving of few nodes, hits and faults keeps the contract, as far as time allows. */
describe("every interleaving at small scope", () => {
  it(`keeps the contract in as many states as ${SECONDS} s hold`, async function () {
    this.timeout(SECONDS * 2_000 + 300_000);
    for await (const report of exploreEach(SCOPES, SECONDS, LEAST)) {
      const said = describeReport(report);
      console.log(`      ${said}`);
      assert.equal(report.violation, null, said);
      assert.ok(report.exhausted || report.transitions >= LEAST, `something keeps the explorer from moving: ${said}`);
    }
  });
});
