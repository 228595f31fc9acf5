import assert from "node:assert/strict";
import type { Adjustment } from "../../../internal/core/ledger/adjustment.ts";
import { emptyLedger } from "../../../internal/core/ledger/ledger.ts";
import { AdjustmentQueue } from "../../../internal/services/leader/adjustment_queue.ts";
import { keyAt } from "../../core/keys/keys.ts";
import { LEDGER_ID } from "../../core/samples.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { silentLog } from "../../ports/store/store_backends.ts";

const LIMITS = { counters: 100, bytes: 1 << 20, reserved: new Set<string>() };
const ADJUSTMENT: Adjustment = {
  key: keyAt(1_700_000_000_000, 1),
  who: "ann",
  reason: "",
  change: { action: "set", counter: "visits", value: 3n, region: null, ifMatch: null },
};

/** What is said of an adjustment, and what a plan may still do. */
describe("the adjustments that wait at a leader", () => {
  it("are not in a plan once it was said that they are not done", async () => {
    const { queue, clock } = beginQueue();
    const answer = queue.add(ADJUSTMENT);
    const prepared = await queue.prepare(emptyLedger(LEDGER_ID));
    assert.ok(prepared);
    assert.equal(queue.stillWaiting(prepared).offers.length, 1);
    // The leader collects for so long, for example because it was paused.
    await clock.advance(10_000);
    assert.deepEqual(await answer, { done: false, reason: "not-answered" });
    assert.deepEqual(queue.stillWaiting(prepared).offers, []);
  });

  it("may be done if nobody answers in time after they went to the store", async () => {
    const { queue, clock } = beginQueue();
    const answer = queue.add(ADJUSTMENT);
    const prepared = await queue.prepare(emptyLedger(LEDGER_ID));
    const number = prepared?.offers[0]?.number as number;
    queue.attempt(new Map([[number, { kind: "done", duplicate: false, entry: {} as never }]]));
    queue.storeAway();
    await clock.advance(10_000);
    assert.deepEqual(await answer, { done: "unknown", reason: "not-answered" });
  });
});

function beginQueue() {
  const clock = new ManualClock();
  const store = { scan: () => Promise.resolve({ entries: new Map<string, Uint8Array>(), next: null }) };
  const space = { admitsCounters: true };
  const queue = new AdjustmentQueue({ clock, store, limits: LIMITS, writeBudget: 1e6, logger: silentLog, space });
  return { queue, clock };
}
