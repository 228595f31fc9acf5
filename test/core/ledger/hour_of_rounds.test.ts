import assert from "node:assert/strict";
import { HOURS_A_DAY, type Hour } from "../../../internal/core/days/hour.ts";
import { DAY_NAMES } from "../../../internal/core/ledger/day_entries.ts";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { LedgerDraft } from "../../../internal/core/ledger/ledger_draft.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { PAGE_NAMES } from "../../../internal/core/ledger/pages_encoding.ts";
import { ROUND_NAMES } from "../../../internal/core/ledger/round_encoding.ts";
import { conversionOf, type Transaction, transactionOf } from "../../../internal/core/ledger/transaction.ts";
import { SeededRandom } from "../../simulation/seeded_random.ts";
import { batch, ledgerWith, source } from "../samples.ts";

const COUNTERS = 2_000;
const CHANGES_A_ROUND = 10;
const HALF_AN_HOUR = 1_800;
/** Bytes of rounds that owe nothing: an hour of rounds is many times as much. */
const FREE_BYTES = 10_000;
const ROUND_BYTES = 500;
/** The last hour of a day. */
const FIRST: Hour = 20_786 * HOURS_A_DAY + 23;
const BUDGET = 1 << 25;

/** A leader of many counters that writes a round each second, and what lies in the store. */
class BusyLeader {
  ledger: Ledger;
  readonly entries = new Map<string, Uint8Array>();
  /** Hits by hour of each counter. */
  readonly counted = new Map<string, Map<Hour, number>>();
  readonly #random = new SeededRandom(7);
  hits = 0;

  constructor() {
    this.#write(conversionOf(ledgerWith(), "0123456789abcdef"));
    this.ledger = decodeLedger(this.entries) as Ledger;
  }

  round(hour: Hour): void {
    const draft = new LedgerDraft(this.ledger, undefined, undefined, { now: hour, budget: BUDGET });
    const counts = new Map<string, number>();
    for (let more = CHANGES_A_ROUND; more > 0; more--) counts.set(`c${this.#random.between(0, COUNTERS - 1)}`, 1);
    const hits = batch(source(1), this.hits, this.hits + counts.size, { counts, hour });
    assert.equal(draft.fold(hits), "counted");
    this.hits += counts.size;
    for (const counter of counts.keys()) this.#count(counter, hour);
    const plan = transactionOf(this.ledger, draft, draft.finish(1, "w1"), FREE_BYTES);
    this.#write(plan);
    plan.commit();
    this.ledger = plan.next;
  }

  bytesOf({ from, to }: { readonly from: string; readonly to: string }): number {
    let bytes = 0;
    for (const [name, { length }] of this.entries) if (from <= name && name < to) bytes += length;
    return bytes;
  }

  #count(counter: string, hour: Hour): void {
    const hours = this.counted.get(counter) ?? new Map<Hour, number>();
    this.counted.set(counter, hours.set(hour, (hours.get(hour) ?? 0) + 1));
  }

  /** In place: a copy of all entries in each round would take longer than the round. */
  #write({ puts, ranges }: Transaction): void {
    for (const { from, to } of ranges)
      if (from !== to) for (const name of this.entries.keys()) if (from <= name && name < to) this.entries.delete(name);
    for (const [name, bytes] of puts) {
      if (bytes) this.entries.set(name, bytes);
      else this.entries.delete(name);
    }
  }
}

/** What an hour of rounds leaves in the store, when each page is written with its days, and a day ends in the middle. */
describe("an hour of rounds with many counters", () => {
  it("keeps no more rounds than pages and days take, stops growing, and has every hit in its hour", () => {
    const leader = new BusyLeader();
    const sizes: number[] = [];
    for (let second = 0; second < 2 * HALF_AN_HOUR; second++) {
      leader.round(second < HALF_AN_HOUR ? FIRST : FIRST + 1);
      if (second % 300 === 299) sizes.push(sizeWithoutDays(leader));
    }
    // By now the log has grown to its bound. Only pages and days go on growing, slowly.
    const [before = 0, after = 0] = [sizes.at(-4), sizes.at(-1)];
    assert.ok(after < before * 1.1, `bytes without days: ${sizes.join()}`);
    const { totals, days } = decodeLedger(leader.entries) as Ledger;
    assert.equal(totals.sum, BigInt(leader.hits), String(sizes));
    for (const [counter, hours] of leader.counted)
      assert.deepEqual(
        days.read(counter, FIRST, FIRST + 2),
        Array.from(hours, ([hour, hits]) => ({ hour, hits })),
      );
  });
});

/** Bytes in the store. Days grow with each hour. */
function sizeWithoutDays(leader: BusyLeader): number {
  const [rounds = 0, pages = 0, days = 0] = [ROUND_NAMES, PAGE_NAMES, DAY_NAMES].map((range) => leader.bytesOf(range));
  const most = FREE_BYTES + pages + days + ROUND_BYTES;
  assert.ok(rounds <= most, `${rounds} bytes of rounds, and ${pages} of pages and ${days} of days`);
  return rounds + pages;
}
