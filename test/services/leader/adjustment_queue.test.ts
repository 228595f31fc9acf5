import assert from "node:assert/strict";
import type { Adjustment } from "../../../internal/core/ledger/adjustment.ts";
import { auditEntryOf, auditName, encodeAuditEntry } from "../../../internal/core/ledger/audit_entries.ts";
import { emptyLedger } from "../../../internal/core/ledger/ledger.ts";
import type { EntryRange } from "../../../internal/ports/store.ts";
import { AdjustmentQueue } from "../../../internal/services/leader/adjustment_queue.ts";
import { keyAt } from "../../core/keys/keys.ts";
import { LEDGER_ID } from "../../core/samples.ts";
import { scanned } from "../../ports/store/entries.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { silentLog } from "../../ports/store/store_backends.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));
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

/** An import is one part after the other, each sent when the one before it was answered. */
describe("the parts of an import that come to a leader", () => {
  it("are answered at once if they were done before, and wait for a round otherwise", async () => {
    const { queue } = beginQueue(new Map([[auditName(PART.key), encodeAuditEntry(ENTRY)]]));
    await queue.prepare(emptyLedger(LEDGER_ID));
    const again = queue.add(PART);
    await settled();
    assert.equal(queue.importAt, null);
    assert.deepEqual(await again, { done: true, duplicate: true, entry: ENTRY });

    // Whether this key was used for something else is for a round to say.
    const other = { ...PART, change: { ...PART.change, mode: "absent" as const } };
    void queue.add(other);
    void queue.add({ ...PART, key: keyAt(1_700_000_000_000, 2) });
    await settled();
    const prepared = await queue.prepare(emptyLedger(LEDGER_ID));
    assert.deepEqual(
      prepared?.offers.map(({ adjustment }) => adjustment),
      [other, { ...PART, key: keyAt(1_700_000_000_000, 2) }],
    );
  });

  it("wait for the first round of a leadership, which judges whether the store has the right ledger", async () => {
    const { queue } = beginQueue(new Map([[auditName(PART.key), encodeAuditEntry(ENTRY)]]));
    void queue.add(PART);
    await settled();
    assert.notEqual(queue.importAt, null);
  });

  it("may be written when the budget allows, counted from the round that did the last one", async () => {
    const { queue, clock, waits } = beginQueue();
    const first = queue.add(PART);
    await settled();
    assert.deepEqual([waits(), queue.importAt], [1, Number.NEGATIVE_INFINITY]);
    const offers = async () => (await queue.prepare(emptyLedger(LEDGER_ID)))?.offers ?? [];
    const [offer] = await offers();
    await clock.advance(100);
    queue.judge(new Map([[offer?.number as number, { kind: "done", duplicate: false, entry: ENTRY }]]), 400_000);
    assert.deepEqual(await first, { done: true, duplicate: false, entry: ENTRY });

    void queue.add({ ...PART, key: keyAt(1_700_000_000_000, 2) });
    await settled();
    assert.deepEqual([waits(), queue.importAt, (await offers()).length], [2, 400, 0]);
    await clock.advance(300);
    assert.equal((await offers()).length, 1);
  });

  it("are not kept waiting by a leader whose leadership ended while it looked them up", async () => {
    const { queue } = beginQueue();
    const answer = queue.add(PART);
    queue.end();
    assert.deepEqual(await answer, { done: false, reason: "no-leader" });
  });
});

const PART = {
  key: keyAt(1_700_000_000_000, 1),
  who: "ann",
  reason: "",
  change: { action: "import", mode: "add", line: 1, lines: [{ counter: "votes", value: 3n, region: null }] },
} satisfies Adjustment;
const ENTRY = auditEntryOf(PART, {
  ...{ at: 1_700_000_000_000, before: 0n, after: 3n, generation: 7 },
  ...{ imported: { line: 1, lines: 1, counters: 1, skipped: 0 }, linked: null },
});

function beginQueue(entries: ReadonlyMap<string, Uint8Array> = new Map()) {
  const clock = new ManualClock();
  const store = { scan: async (range: EntryRange, maxBytes: number) => scanned(entries, range, maxBytes) };
  let waits = 0;
  const importing = { importBudget: 1_000_000, importWaits: () => waits++ };
  const space = { admitsCounters: true };
  const queue = new AdjustmentQueue({ clock, store, limits: LIMITS, ...importing, logger: silentLog, space });
  return { queue, clock, waits: () => waits };
}
