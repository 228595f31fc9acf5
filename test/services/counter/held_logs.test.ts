import assert from "node:assert/strict";
import type { Adoption, LedgerChange, ShownWatermark } from "../../../internal/core/ledger/snapshot.ts";
import type { LedgerPosition } from "../../../internal/core/log/batch.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../../internal/services/counter/held_logs.ts";
import { SimDisk } from "../../simulation/sim_disk.ts";
import { World } from "../../simulation/world.ts";

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const FIRST: LedgerPosition = { id: "1111111111111111", version: 4, writer: "writer" };
const ADOPTED: LedgerPosition = { id: "2222222222222222", version: 5, writer: "writer" };
const ADOPTION: Adoption = { ledger: FIRST.id, next: ADOPTED.id, version: ADOPTED.version, clean: true };

/** The logs of one process after the other, on one disk. */
class Holder {
  readonly #world = new World(1);
  readonly disk = new SimDisk(this.#world);
  counters = new Counters("eu");
  logs = this.#opened();

  restart(): void {
    this.counters = new Counters("eu");
    this.logs = this.#opened();
  }

  hit(by: number): void {
    this.logs.journal(new Map([["visits", by]]));
    this.logs.own?.log.add("visits", by);
    this.counters.addPending("visits", by);
  }

  /** Knows `ledger`, as after a snapshot that had nothing of its logs. */
  knows(ledger: LedgerPosition): void {
    this.counters.adopt(changeTo(ledger));
    this.counters.settle();
  }

  show(ledger: LedgerPosition, watermarks: readonly ShownWatermark[], more: Partial<LedgerChange> = {}): void {
    const change = { ...changeTo(ledger), ...more };
    this.counters.adopt(change);
    this.logs.cover(change, watermarks);
  }

  get own(): string {
    return this.logs.own?.log.id ?? "";
  }

  #opened(): HeldLogs {
    const { disk: directory, counters } = this;
    const logs = new HeldLogs({ directory, random: this.#world.random, region: "eu", counters, logger: SILENT });
    logs.open();
    return logs;
  }
}

function changeTo(ledger: LedgerPosition): LedgerChange {
  return { ledger, since: null, totals: [], prunedTo: 0, adoptions: [], share: { counters: 1, bytes: 1 } };
}

/** Hits of a closed log that was offered to version 4, which the ledger may have forgotten. */
function setAside(): [Holder, string] {
  const holder = new Holder();
  holder.hit(3);
  holder.logs.offer(FIRST);
  const log = holder.own;
  holder.logs.close();
  holder.show({ ...FIRST, version: 9 }, [{ source: log, watermark: null, ended: false }], { prunedTo: 7 });
  assert.equal(holder.logs.indeterminate, 3);
  return [holder, log];
}

/** What a snapshot does to the logs that a node holds (docs/protocol.md, Rebase, Set aside, End, First offer). */
describe("the logs that a node holds", () => {
  it("keep one that is all committed until the ledger says that it ended", () => {
    const holder = new Holder();
    holder.hit(3);
    holder.logs.offer(FIRST);
    const log = holder.own;
    holder.logs.suspend("its journal is gone");
    holder.show({ ...FIRST, version: 5 }, [{ source: log, watermark: 3, ended: false }]);
    assert.deepEqual([...holder.logs.carried.keys()], [log]);
    assert.deepEqual(
      holder.logs.offer(FIRST).map(({ last }) => last),
      [true],
    );
    holder.show({ ...FIRST, version: 6 }, [{ source: log, watermark: 3, ended: true }]);
    assert.equal(holder.logs.carried.size, 0);
  });

  it("forget one that is all committed when another ledger is adopted: no source begins there for nothing", () => {
    const holder = new Holder();
    holder.hit(3);
    holder.logs.offer(FIRST);
    const log = holder.own;
    holder.logs.suspend("its journal is gone");
    holder.show({ ...FIRST, version: 5 }, [{ source: log, watermark: 3, ended: false }]);
    holder.show(ADOPTED, [{ source: log, watermark: 3, ended: false }], { adoptions: [ADOPTION] });
    assert.equal(holder.logs.carried.size, 0);
  });

  it("drop nothing for what the ledger says of an earlier id, once a log goes on under another one", () => {
    const holder = new Holder();
    holder.hit(3);
    holder.logs.offer(FIRST);
    const log = holder.own;
    holder.show(ADOPTED, [{ source: log, watermark: null, ended: false }], { adoptions: [ADOPTION] });
    assert.notEqual(holder.own, log);
    holder.logs.offer(ADOPTED);
    const watermarks = [
      { source: holder.own, watermark: null, ended: false },
      { source: log, watermark: 3, ended: false },
    ];
    holder.show({ ...ADOPTED, version: 6 }, watermarks, { adoptions: [ADOPTION] });
    assert.equal(holder.logs.pending, 3);
  });

  it("hand over none that is indeterminate", () => {
    const [{ logs }] = setAside();
    assert.deepEqual(logs.tails({ ...FIRST, version: 9 }, new Set()), []);
  });

  it("keep the journal of one that is set aside: the next process reports its hits, too", () => {
    const [holder, log] = setAside();
    assert.ok(holder.disk.files.has(log));
    holder.restart();
    holder.show({ ...FIRST, version: 9 }, [{ source: log, watermark: null, ended: false }], { prunedTo: 7 });
    assert.equal(holder.logs.indeterminate, 3);
  });

  it("do not judge again one that was set aside, whatever the ledger says of it later", () => {
    const [holder, log] = setAside();
    holder.show({ ...FIRST, version: 10 }, [{ source: log, watermark: 3, ended: false }], { prunedTo: 7 });
    assert.equal(holder.logs.indeterminate, 3);
    assert.ok(holder.disk.files.has(log));
  });

  it("say of the part of a log that goes on apart which ledger the node knew: after a crash it is as old as that", () => {
    const holder = new Holder();
    holder.knows(FIRST);
    holder.hit(3);
    holder.logs.offer(FIRST);
    const log = holder.own;
    holder.hit(2);
    const now = { ...FIRST, version: 9 };
    holder.show(now, [{ source: log, watermark: null, ended: false }], { prunedTo: 7 });
    const apart = holder.own;
    assert.notEqual(apart, log);
    holder.restart();
    assert.deepEqual(holder.logs.carried.get(apart)?.log.firstOffer, now);
  });

  it("name the receiver's ledger in a first offer, also if this node knows a later version of another one", () => {
    const holder = new Holder();
    holder.hit(3);
    holder.knows({ ...ADOPTED, version: 9 });
    const [batch] = holder.logs.offer(FIRST);
    assert.deepEqual(batch?.firstOffer, FIRST);
  });
});
