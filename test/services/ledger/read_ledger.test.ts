import assert from "node:assert/strict";
import { emptyLedger } from "../../../internal/core/ledger/ledger.ts";
import { conversionOf } from "../../../internal/core/ledger/transaction.ts";
import type { Lease } from "../../../internal/ports/election.ts";
import type { EntryRange, ScannedEntries, Store, StoreHead } from "../../../internal/ports/store.ts";
import { Leadership } from "../../../internal/services/leader/leadership.ts";
import { type ReadingSteps, readLedger } from "../../../internal/services/ledger/read_ledger.ts";
import { ledgerWith, source, totalsOf } from "../../core/samples.ts";
import { entriesAfter, scanned } from "../../ports/store/entries.ts";

const WITHOUT_PAUSE: ReadingSteps = { chunk: async () => true, entry: () => null };
const LEADER = { epoch: 1, nodeId: "a", address: "a:1", lease: "1", nonce: "n" };

/** A store that is read entry by entry. `onScan` is called before each. */
class SlowStore implements Pick<Store, "readHead" | "scan"> {
  entries: ReadonlyMap<string, Uint8Array>;
  headRevision = 1;
  scans = 0;
  readonly #onScan: (store: SlowStore) => void;

  constructor(counters: number, onScan: (store: SlowStore) => void = () => {}) {
    const totals = Array.from({ length: counters }, (_, i): [string, Map<string, bigint>] => [
      `counter-${i}`,
      new Map([["eu", 1n]]),
    ]);
    const ledger = ledgerWith({ totals: new Map(totals), sources: new Map([[source(1), counters]]) });
    this.entries = entriesAfter(new Map(), conversionOf(ledger, "0123456789abcdef"));
    this.#onScan = onScan;
  }

  async readHead(): Promise<StoreHead> {
    return { head: this.entries.get("head") ?? null, headRevision: this.headRevision, leader: LEADER };
  }

  async scan(range: EntryRange): Promise<ScannedEntries> {
    this.scans++;
    this.#onScan(this);
    return scanned(this.entries, range, 1);
  }

  read(steps = WITHOUT_PAUSE) {
    return readLedger(this as unknown as Store, steps);
  }
}

/** A ledger is read piece by piece, by a leader that must not lose its key meanwhile. */
describe("reading a ledger", () => {
  it("gives what is there", async () => {
    const read = await new SlowStore(100).read();
    assert.deepEqual([read?.ledger?.totals.sum, read?.headRevision, read?.leftover], [100n, 1, null]);
  });

  it("begins again if its head moved, whatever it found meanwhile", async () => {
    const store = new SlowStore(10, (store) => {
      if (store.scans !== 2) return;
      // Another version, of which only a part was read.
      store.entries = new SlowStore(20).entries;
      store.headRevision = 2;
    });
    const read = await store.read();
    assert.deepEqual([read?.ledger?.totals.sum, read?.headRevision], [20n, 2]);
    assert.ok(store.scans > 4);
  });

  it("names an entry that lies there without a head (H74)", async () => {
    const store = new SlowStore(3);
    const entries = new Map(store.entries);
    entries.delete("head");
    entries.set("lost", new Uint8Array(2));
    store.entries = entries;
    const read = await store.read();
    assert.deepEqual([read?.ledger, read?.leftover], [null, "rounds/0000000000000001"]);
    store.entries = new Map([["lost", new Uint8Array(2)]]);
    assert.equal((await store.read())?.leftover, null);
  });

  it("keeps the lease while it takes longer than the lease (H66)", async () => {
    let now = 0;
    let renewals = 0;
    const clock = { monotonic: () => now, wall: () => now, after: () => () => {}, endOfTurn: () => {} };
    const lease: Lease = {
      epoch: 1,
      nonce: "n",
      ttl: 3_000,
      renew: async () => ++renewals > 0,
      resign: async () => {},
    };
    const leadership = new Leadership(lease, clock, () => {});
    const store = new SlowStore(4, () => {
      now += 900;
    });
    const round = store.entries.get("rounds/0000000000000001") as Uint8Array;
    const pages = Array.from({ length: 20 }, (_, i): [string, Uint8Array] => [
      `pages/${String(i).padStart(4, "0")}`,
      new TextEncoder().encode('{"format":2,"reads":2,"writes":2,"version":0,"sum":"0"}\n{}'),
    ]);
    store.entries = new Map([...store.entries, ...pages, ["rounds/0000000000000001", round]]);
    const steps = { chunk: () => leadership.keep(), entry: () => null };
    assert.equal((await store.read(steps))?.ledger?.totals.sum, 4n);
    assert.ok(now > 15_000 && renewals > 8, `${renewals} renewals in ${now} ms`);
    assert.ok(leadership.holds());
  });

  it("ends when its leadership ends", async () => {
    const store = new SlowStore(4);
    assert.equal(await store.read({ chunk: async () => false, entry: () => null }), null);
    assert.equal(store.scans, 1);
  });

  it("lets other work have its turn between entries", async () => {
    let turns = 0;
    await new SlowStore(50).read({ chunk: async () => true, entry: async () => void turns++ });
    assert.ok(turns > 50, `${turns} turns`);
  });
});

/** An empty ledger is read, too. */
describe("reading a ledger without counters", () => {
  it("gives an empty ledger", async () => {
    const store = new SlowStore(0);
    const created = { ...emptyLedger("00000000000000aa"), version: 1, totals: totalsOf(new Map()) };
    store.entries = entriesAfter(new Map(), conversionOf(created, "0123456789abcdef"));
    assert.deepEqual([(await store.read())?.ledger?.totals.size], [0]);
  });
});
