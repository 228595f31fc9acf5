import assert from "node:assert/strict";
import type { Cuts, HitsInHours } from "../../../internal/core/days/day_changes.ts";
import { HOURS_A_DAY, type Hour } from "../../../internal/core/days/hour.ts";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import { conversionOf } from "../../../internal/core/ledger/transaction.ts";
import { NodeDays } from "../../../internal/services/counter/node_days.ts";
import { LEDGER_ID, ledgerWith } from "../../core/samples.ts";
import { entriesAfter, scanned } from "../../ports/store/entries.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** 10 o'clock of some day. */
const NOW = 20_786 * HOURS_A_DAY + 10;

interface Days {
  readonly hours?: HitsInHours;
  readonly cuts?: Cuts;
  readonly hoursFrom?: Hour;
}

/** A node that has read the days of an empty ledger, and hears of changes. */
class Reader {
  readonly days: NodeDays;
  readonly #clock = new ManualClock();
  #version: number;

  constructor() {
    const conversion = conversionOf(ledgerWith(), "0123456789abcdef");
    const entries = entriesAfter(new Map(), conversion);
    this.#version = conversion.next.version;
    const store = {
      readHead: async () => ({ head: entries.get("head") ?? null, headRevision: 1, leader: null }),
      scan: async (range: { from: string; to: string }, bytes: number) => scanned(entries, range, bytes),
    };
    const shown = () => ({ version: this.#version, asOf: 0 });
    this.days = new NodeDays({ store, clock: this.#clock, logger: SILENT, shown });
  }

  async read(): Promise<void> {
    this.days.adopt({ ...this.#change(null, {}) });
    await this.#clock.advance(100);
  }

  /** A change of several versions. */
  hears(days: Days): void {
    const since = this.#version;
    this.#version += 3;
    this.days.adopt(this.#change(since, days));
  }

  shows(counter: string) {
    const found = this.days.hitsByHour(counter, 0, NOW + 1);
    assert.ok(typeof found === "object", String(found));
    return found.hits;
  }

  #change(since: number | null, days: Days): LedgerChange {
    return {
      ledger: { id: LEDGER_ID, version: this.#version, writer: "w1" },
      ...{ since, totals: [], prunedTo: 0, adoptions: [], share: { counters: 1, bytes: 1 }, keyed: null, format: 2 },
      ...days,
    };
  }
}

function hitsIn(hour: Hour, counter: string, hits: number): HitsInHours {
  return new Map([[hour, new Map([[counter, hits]])]]);
}

/** Hits by hour on a node, which hears of several versions at once. */
describe("a node's days", () => {
  it("have hits after a deletion that the same change drops", async () => {
    const node = new Reader();
    await node.read();
    const before = NOW - HOURS_A_DAY;
    node.hears({ hours: hitsIn(before, "a", 5) });
    node.hears({ cuts: new Map([["a", { version: 3, day: Math.floor(before / HOURS_A_DAY) }]]) });
    assert.deepEqual(node.shows("a"), []);
    node.hears({ hours: hitsIn(NOW, "a", 2), hoursFrom: NOW - 10 });
    assert.deepEqual(node.shows("a"), [{ hour: NOW, hits: 2 }]);
  });

  it("have a deletion, and hits of before and after it that one change brings", async () => {
    const node = new Reader();
    await node.read();
    node.hears({ hours: hitsIn(NOW, "a", 5) });
    node.hears({ hours: hitsIn(NOW - 1, "a", 2), cuts: new Map([["a", { version: 4, day: 20_786 }]]) });
    assert.deepEqual(node.shows("a"), [{ hour: NOW - 1, hits: 2 }]);
  });
});
