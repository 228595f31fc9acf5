import assert from "node:assert/strict";
import { isQuick } from "../needs.ts";
import { playHistory } from "./history.ts";

/** Number of histories. SIMULATED_HISTORIES sets another. */
const COUNT = Number(process.env.SIMULATED_HISTORIES ?? (isQuick() ? 150 : 2_000));

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

  it("are the same each time that they are played", async () => {
    const [first, second] = [await playHistory(5_106, true), await playHistory(5_106, true)];
    assert.deepEqual(first.trace, second.trace);
  });
});

async function holds(seed: number): Promise<void> {
  const { broken, faults } = await playHistory(seed);
  if (broken)
    assert.fail(
      `history ${seed} (${faults.map(({ name }) => name).join(", ")}): ${broken.message}\nreplay it: npm run simulate -- --seed ${seed}`,
    );
}
