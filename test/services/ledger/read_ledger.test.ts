import assert from "node:assert/strict";
import { emptyLedger } from "../../../internal/core/ledger/ledger.ts";
import { conversionOf } from "../../../internal/core/ledger/transaction.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import type { Lease } from "../../../internal/ports/election.ts";
import type { EntryRange, ScannedEntries, Store, StoreHead } from "../../../internal/ports/store.ts";
import { Leadership } from "../../../internal/services/leader/leadership.ts";
import { readingSteps } from "../../../internal/services/leader/reading_steps.ts";
import { type ReadingSteps, readLedger } from "../../../internal/services/ledger/read_ledger.ts";
import { ledgerWith, source, totalsOf } from "../../core/samples.ts";
import { entriesAfter, scanned } from "../../ports/store/entries.ts";

const WITHOUT_PAUSE: ReadingSteps = { chunk: async () => true, entry: () => null };
const TTL_MS = 3_000;
const LEADER = { epoch: 1, nodeId: "a", address: "a:1", lease: "1", nonce: "n" };

class EntriesOneByOne extends Map<string, Uint8Array> {
  readonly #onEntry: () => void;

  constructor(entries: ReadonlyMap<string, Uint8Array>, onEntry: () => void) {
    super(entries);
    this.#onEntry = onEntry;
  }

  override *[Symbol.iterator](): MapIterator<[string, Uint8Array]> {
    for (const entry of super[Symbol.iterator]()) {
      this.#onEntry();
      yield entry;
    }
    return undefined;
  }
}

/** A clock that stands still but for what a test says, and a leadership whose lease it measures. */
class SteppedTime implements Clock {
  renewals = 0;
  #now = 0;
  #renewed = 0;
  readonly leadership: Leadership;

  constructor() {
    const lease: Lease = { epoch: 1, nonce: "n", ttl: TTL_MS, renew: () => this.#renew(), resign: async () => {} };
    this.leadership = new Leadership(lease, this, () => {});
  }

  /** A lease that ran out stays so. */
  async #renew(): Promise<boolean> {
    if (this.#now - this.#renewed >= TTL_MS) return false;
    this.#renewed = this.#now;
    return ++this.renewals > 0;
  }

  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    this.pass(ms);
    queueMicrotask(task);
    return () => {};
  }

  endOfTurn(task: () => void): void {
    queueMicrotask(task);
  }

  pass(ms: number): void {
    this.#now += ms;
  }
}

function pagesWithoutCounters(count: number): [string, Uint8Array][] {
  const page = new TextEncoder().encode('{"format":2,"reads":2,"writes":2,"version":0,"sum":"0"}\n{}');
  return Array.from({ length: count }, (_, i) => [`pages/${String(i).padStart(4, "0")}`, page]);
}

/** A store that is read entry by entry. `onScan` is called before each. */
class SlowStore implements Pick<Store, "readHead" | "scan"> {
  entries: ReadonlyMap<string, Uint8Array>;
  headRevision = 1;
  scans = 0;
  readonly #onScan: (store: SlowStore) => void;
  #chunkBytes = 1;
  #onEntry = () => {};

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
    const { entries, next } = scanned(this.entries, range, this.#chunkBytes);
    return { entries: new EntriesOneByOne(entries, this.#onEntry), next };
  }

  /** From now on, a scan gives everything, and `onEntry` is called for each entry that is taken from it. */
  inOneChunk(onEntry: () => void): void {
    this.#chunkBytes = Number.POSITIVE_INFINITY;
    this.#onEntry = onEntry;
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
    const time = new SteppedTime();
    const { leadership } = time;
    const store = new SlowStore(4, () => time.pass(900));
    store.entries = new Map([...pagesWithoutCounters(20), ...store.entries]);
    const steps = { chunk: () => leadership.keep(), entry: () => null };
    assert.equal((await store.read(steps))?.ledger?.totals.sum, 4n);
    assert.ok(time.monotonic() > 15_000 && time.renewals > 8, `${time.renewals} renewals`);
    assert.ok(leadership.holds());
  });

  it("keeps the lease while a chunk takes longer to parse than the lease (H66)", async () => {
    const time = new SteppedTime();
    const { leadership } = time;
    const store = new SlowStore(4);
    const pages = new Map([...pagesWithoutCounters(60), ...store.entries]);
    store.entries = pages;
    store.inOneChunk(() => time.pass(100));
    const read = await store.read(readingSteps(time, () => leadership.keep()));
    assert.ok(read, `reading ended: ${leadership.why}`);
    assert.equal(read.ledger?.totals.sum, 4n);
    assert.ok(time.monotonic() > 6_000 && leadership.holds(), leadership.why);
  });

  it("ends between two entries when its leadership ends", async () => {
    const time = new SteppedTime();
    const store = new SlowStore(4);
    store.entries = new Map([...pagesWithoutCounters(60), ...store.entries]);
    store.inOneChunk(() => time.pass(100));
    assert.equal(await store.read(readingSteps(time, async () => time.monotonic() < 1_000)), null);
    assert.ok(time.monotonic() < 1_500, `${time.monotonic()} ms`);
  });

  it("ends when its leadership ends", async () => {
    const store = new SlowStore(4);
    assert.equal(await store.read({ chunk: async () => false, entry: () => null }), null);
    assert.equal(store.scans, 1);
  });

  it("lets other work have its turn between entries, and twice a page: rounds are applied, and it is added up", async () => {
    let turns = 0;
    const read = await new SlowStore(50).read({ chunk: async () => true, entry: async () => ++turns > 0 });
    const pages = [...(read?.ledger?.totals.pages() ?? [])].length;
    assert.ok(pages > 40 && turns > 2 * pages, `${turns} turns, ${pages} pages`);
  });

  it("ends between two pages to which rounds are applied when its leadership ends", async () => {
    let turns = 0;
    const store = new SlowStore(50);
    assert.equal(await store.read({ chunk: async () => true, entry: async () => ++turns < 10 }), null);
    assert.equal(turns, 10);
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
