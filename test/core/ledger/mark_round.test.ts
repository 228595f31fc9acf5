import assert from "node:assert/strict";
import { hourAt } from "../../../internal/core/days/hour.ts";
import type { AdjustingTerms } from "../../../internal/core/ledger/adjusting_round.ts";
import { UnreadableLedger } from "../../../internal/core/ledger/entry_fields.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import type { OfferedMark } from "../../../internal/core/marks/mark.ts";
import { periodAt } from "../../../internal/core/marks/period.ts";
import { keyAt } from "../keys/keys.ts";
import { batch, LEDGER_ID, source } from "../samples.ts";
import { Leading, LIFE, NOON_MS } from "./marking_leader.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TODAY = periodAt("day", NOON_MS);
const TOMORROW = periodAt("day", NOON_MS + DAY_MS);

/** A leader whose ledger has counted one visitor of today. */
function used(): Leading {
  const leader = new Leading();
  leader.round([], { batches: [batch(source(1), 0, 1, { firstOffer: { id: LEDGER_ID, version: 1 } })] });
  leader.round([mark(1, 1)]);
  assert.equal(leader.ledger.marks.size, 1);
  return leader;
}

function mark(number: number, visitor: number, more: Partial<OfferedMark> = {}): OfferedMark {
  return { number, counter: "readers", period: TODAY, high: visitor, low: visitor, ...more };
}

function resetOf(counter: string): AdjustingTerms {
  const change = { action: "set", counter, value: 0n, region: null, ifMatch: null } as const;
  const adjustment = { key: keyAt(NOON_MS, 1), who: "ann", reason: "", change };
  const limits = { entries: 5, bytes: 100_000 };
  const rest = { known: new Map(), oldest: [], limits, wall: NOON_MS, room: 9, reserved: new Set<string>() };
  return { ...rest, offers: [{ number: 1, adjustment }] };
}

/** What one round does with marks, and what lies in the store afterwards. */
describe("a round with marks", () => {
  it("counts a visitor once, in one transaction with the mark, and reads it back", () => {
    const leader = used();
    const { verdict } = leader.round([mark(2, 2), mark(3, 1), mark(4, 2), mark(5, 3)]) ?? {};
    assert.deepEqual(verdict, { life: LIFE, through: 5, refused: [] });
    leader.takeOver();
    const { ledger } = leader;
    assert.equal(ledger.totals.get("readers")?.regions.get("eu"), 3n);
    assert.deepEqual([ledger.keyedSum, ledger.marks.size, ledger.marksKept], [3n, 3, 3]);
    assert.equal(leader.round([mark(6, 2)]), null, "a known mark was written");
    assert.equal(leader.rounds.markVerdicts.get("a")?.through, 6);
  });

  it("counts visitors before a reset in the same round", () => {
    const leader = used();
    leader.round([mark(2, 2)], { adjusting: resetOf("readers") });
    assert.equal(leader.ledger.totals.get("readers")?.regions.get("other"), 0n);
    assert.equal(leader.ledger.adjustedSum, -2n);
    leader.round([mark(3, 3)]);
    assert.equal(leader.ledger.totals.get("readers")?.regions.get("eu"), 1n);
  });

  it("makes the secret of a day in the first transaction, and once", () => {
    const leader = new Leading();
    assert.equal(
      leader.round([mark(1, 1)]),
      null,
      "an idle ledger was written, or a mark of a day without a secret counted",
    );
    const { secrets } = used().ledger.marks;
    assert.deepEqual([...secrets.keys()], [TODAY]);
    const other = used();
    for (let visitor = 2; visitor < 5; visitor++) other.round([mark(visitor, visitor)]);
    assert.deepEqual(other.ledger.marks.secrets, secrets);
  });

  it("makes tomorrow's secret an hour before it is needed, and forgets today's after its end", () => {
    const leader = used();
    const [name] = leader.names(`marks/${TODAY}/secret`);
    assert.ok(name);
    leader.pass(10.9 * HOUR_MS);
    assert.deepEqual(leader.names(`marks/${TOMORROW}`), []);
    leader.pass(0.2 * HOUR_MS);
    assert.deepEqual(leader.names(`marks/${TOMORROW}`), [`marks/${TOMORROW}/secret`]);
    assert.equal(leader.names(`marks/${TODAY}`).length, 2);
    leader.pass(1.5 * HOUR_MS);
    assert.equal(leader.names(`marks/${TODAY}`).length, 2, "forgotten too soon");
    leader.pass(HOUR_MS);
    leader.pass(120_000, 1_000);
    assert.deepEqual(leader.names(`marks/${TODAY}`), []);
    assert.deepEqual(leader.round([mark(9, 9)]), null, "a mark of a forgotten day was counted");
    assert.equal(leader.ledger.marks.size, 0);
  });

  it("counts a visitor of a period that is over for its last hour, and any other for the hour of the commit", () => {
    const leader = used();
    leader.pass(11.8 * HOUR_MS);
    const lastHour = periodAt("hour", leader.wall);
    leader.pass(0.4 * HOUR_MS);
    const keys = { window: HOUR_MS, budget: 10 };
    leader.round([mark(2, 2), mark(3, 3, { period: lastHour }), mark(4, 4, { period: TOMORROW })], { keys });
    const midnight = hourAt(NOON_MS) + 12;
    assert.deepEqual(leader.ledger.days.read("readers", 0, Number.MAX_SAFE_INTEGER), [
      { hour: midnight - 1, hits: 2 },
      { hour: midnight, hits: 1 },
    ]);
  });

  it("makes no second secret of a day that has marks, if the first one is gone", () => {
    const leader = used();
    const entries = new Map(leader.entries);
    entries.delete(`marks/${TODAY}/secret`);
    leader.entries = entries;
    leader.takeOver();
    leader.round([mark(9, 9)]);
    leader.pass(HOUR_MS);
    assert.deepEqual(leader.names(`marks/${TODAY}/secret`), []);
    leader.pass(DAY_MS);
    assert.equal(leader.names(`marks/${TOMORROW}/secret`).length, 1);
  });

  it("counts no marks that were made in another ledger", () => {
    const leader = used();
    assert.equal(leader.round([mark(9, 9)], { ledger: source(9) }), null);
    assert.equal(leader.rounds.markVerdicts.size, 0);
  });

  it("keeps as many as it may, and forgets none sooner", () => {
    const leader = used();
    leader.budget = leader.ledger.marks.size + 1;
    const { verdict } = leader.round([mark(5, 5), mark(6, 6), mark(7, 7), mark(8, 5)]) ?? {};
    assert.deepEqual(verdict, { life: LIFE, through: 8, refused: [6, 7] });
    assert.equal(leader.ledger.marks.size, leader.budget);
  });

  it("has a part of a transaction for marks, and the rest waits", () => {
    const leader = used();
    leader.budget = 100_000;
    const many = Array.from({ length: 30_000 }, (_, at) => mark(at + 10, at + 10));
    const first = leader.round(many)?.verdict?.through ?? 0;
    assert.ok(first > 5_000 && first < 15_000, `${first} at once`);
    const second = leader.round(many.slice(first - 9))?.verdict?.through ?? 0;
    assert.ok(second > first);
  });

  it("puts many entries together, and reads the same", () => {
    const leader = used();
    leader.budget = 100_000;
    for (let at = 0; at < 1_100; at++) leader.round([mark(at + 10, at + 10)]);
    const names = leader.names(`marks/${TODAY}/0`);
    assert.ok(names.length < 200, `${names.length} entries`);
    assert.equal(leader.ledger.marks.size, 1_101);
    leader.takeOver();
    assert.equal(leader.round([mark(1, 700)]), null);
    leader.round([mark(2_000, 2_000)]);
    assert.equal(leader.ledger.marks.size, 1_102);
  });

  it("fits a transaction where it puts large entries together", () => {
    const leader = used();
    leader.budget = 1_000_000;
    const bytes = [];
    for (let at = 0; at < 12; at++) {
      const marks = Array.from({ length: 8_000 }, (_, n) => mark(at * 8_000 + n + 10, at * 8_000 + n + 10));
      const plan = leader.round(marks)?.plan;
      assert.ok(plan?.fits);
      bytes.push(plan.bytes);
    }
    assert.ok(Math.max(...bytes) > 256_000 && Math.max(...bytes) < 600_000, bytes.join());
    assert.ok(leader.names(`marks/${TODAY}/0`).length <= 6);
    assert.equal(leader.ledger.marks.size, 96_001);
  });

  it("of hours forgets each hour, and of days the day", () => {
    const leader = used();
    leader.round([mark(5, 5, { period: periodAt("hour", NOON_MS) })]);
    leader.pass(2.5 * HOUR_MS);
    leader.pass(60_000, 1_000);
    assert.deepEqual(leader.names("marks/hour"), []);
    assert.ok(leader.names(`marks/${TODAY}/0`).length > 0);
  });

  it("a clock that is a day ahead moves the time of forgetting by ten minutes at most", () => {
    const leader = used();
    leader.pass(HOUR_MS);
    const before = leader.ledger.visitorsForgottenTo;
    leader.wall += DAY_MS;
    leader.now += 8 * HOUR_MS;
    leader.round([mark(9, 9)]);
    const step = leader.ledger.visitorsForgottenTo - before;
    assert.ok(step > 0 && step <= 600_000, `${step} ms`);
    assert.ok(leader.ledger.marks.size > 0);
  });

  it("the median of the clocks decides, not the leader's", () => {
    const leader = used();
    leader.wall += 10 * DAY_MS;
    leader.round([mark(9, 9)], { clocks: [NOON_MS, NOON_MS + 1_000] });
    assert.deepEqual([...leader.ledger.marks.secrets.keys()], [TODAY]);
  });

  it("H102: a backup of an older head, and of the entries after marks and keys were forgotten, is not read", () => {
    const leader = used();
    const head = leader.entries.get("head") as Uint8Array;
    leader.pass(1.1 * DAY_MS);
    leader.pass(120_000, 1_000);
    assert.deepEqual(leader.names(`marks/${TODAY}`), []);
    const backup = new Map([...leader.entries, ["head", head] as const]);
    assert.throws(() => decodeLedger(backup), UnreadableLedger);
  });

  describe("is not read", () => {
    const damages: [string, (entries: Map<string, Uint8Array>, name: string) => void][] = [
      ["without one of its entries", (entries, name) => entries.delete(name)],
      ["with one cut short", (entries, name) => entries.set(name, (entries.get(name) as Uint8Array).slice(0, -1))],
      [
        "with a mark twice",
        (entries, name) => {
          const entry = entries.get(name) as Uint8Array;
          entries.set(name, Buffer.concat([entry, entry.subarray(entry.length - 8)]));
        },
      ],
      ["with an entry of another name", (entries) => entries.set("marks/other", new Uint8Array())],
      [
        "with an entry of a later version",
        (entries, name) => entries.set(`${name.slice(0, -16)}9999999999999999`, entries.get(name) as Uint8Array),
      ],
      [
        "with a secret that is none",
        (entries) => entries.set(`marks/${TODAY}/secret`, Buffer.from('{"format":2,"secret":"0123"}\n')),
      ],
    ];
    for (const [what, damage] of damages)
      it(what, () => {
        const leader = used();
        const entries = new Map(leader.entries);
        damage(entries, leader.names(`marks/${TODAY}/0`)[0] as string);
        assert.throws(
          () => decodeLedger(entries),
          (error) => error instanceof UnreadableLedger && !error.message.includes("0123"),
        );
      });
  });
});
