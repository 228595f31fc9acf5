import assert from "node:assert/strict";
import { isQuick } from "../needs.ts";
import { describeReport } from "./report.ts";
import { SCOPES } from "./scopes.ts";
import { exploreEach } from "./search.ts";

/** Seconds for all scopes together; longer walks go further. */
const SECONDS = Number(process.env.EXPLORE_SECONDS ?? (isQuick() ? 5 : 20));

/** Every interleaving of few nodes, hits and faults keeps the contract, as far as time allows. */
describe("every interleaving at small scope", () => {
  it(`keeps the contract in as many states as ${SECONDS} s hold`, async function () {
    this.timeout(SECONDS * 2_000 + 30_000);
    let transitions = 0;
    const before = process.cpuUsage();
    for await (const report of exploreEach(SCOPES, SECONDS)) {
      const said = describeReport(report);
      console.log(`      ${said}`);
      assert.equal(report.violation, null, said);
      transitions += report.transitions;
    }
    // Other processes may have most of the wall clock's time.
    const { user, system } = process.cpuUsage(before);
    const cpuS = (user + system) / 1_000_000;
    assert.ok(
      transitions > 1_000 * cpuS,
      `only ${transitions} transitions in ${cpuS} s of a core: something keeps the explorer from moving`,
    );
  });
});
