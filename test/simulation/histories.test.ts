import assert from "node:assert/strict";
import { isQuick } from "../needs.ts";
import { playHistory } from "./history.ts";

/** More by SIMULATED_HISTORIES. */
const COUNT = Number(process.env.SIMULATED_HISTORIES ?? (isQuick() ? 500 : 2_000));

/** Seeds of histories that broke the contract while the protocol was built, and what they found. */
const REGRESSIONS: readonly (readonly [seed: number, found: string])[] = [
  [593, "a restored store was written past what a node that was cut off had seen"],
  [4_532, "a wiped store got a new ledger while a zombie's streams kept nodes from saying what they knew"],
  [5_106, "a page went backwards on a ledger that had forked"],
  [3_716, "a leader told a node of a restored ledger between its hello and the end of the round"],
  [7_200, "a log was rebased past an adoption that nobody remembered, and counted twice"],
  [14_951, "an idle leader did not notice that its ledger had been adopted"],
];

/**
 * No history of random faults breaks the contract: every acknowledged hit counts once, and no page goes backwards or
 * shows too much.
 */
describe("simulated histories", () => {
  it(`hold the contract, ${COUNT} of them`, async function () {
    this.timeout(0);
    const start = performance.now();
    for (let seed = 1; seed <= COUNT; seed++) await holds(seed);
    console.log(`      ${COUNT} histories in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  });

  for (const [seed, found] of REGRESSIONS) it(`${seed}: ${found}`, () => holds(seed));

  it("are the same each time that they are played", async () => {
    const [first, second] = [await playHistory(5_106, true), await playHistory(5_106, true)];
    assert.deepEqual(first.trace, second.trace);
  });
});

async function holds(seed: number): Promise<void> {
  const { broken, faults } = await playHistory(seed);
  if (broken)
    assert.fail(
      `history ${seed} (${faults.join(", ")}): ${broken.message}\nreplay it: npm run simulate -- --seed ${seed}`,
    );
}
