import assert from "node:assert/strict";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import { JournalError } from "../../../internal/ports/journal.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../../internal/services/counter/held_logs.ts";
import { SimDisk } from "../sim_disk.ts";
import { World } from "../world.ts";

const OLD = { id: "1111111111111111", version: 1 };
const NEW = { id: "2222222222222222", version: 9, writer: "writer" };
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function open(disk: SimDisk, world: World): HeldLogs {
  const counters = new Counters("eu");
  const heldLogs = new HeldLogs({ directory: disk, random: world.random, region: "eu", counters, logger: SILENT });
  heldLogs.open();
  return heldLogs;
}

function hit(heldLogs: HeldLogs, by: number): void {
  heldLogs.journal(new Map([["visits", by]]));
  heldLogs.own?.log.add("visits", by);
}

function changeOf(ledger: LedgerChange["ledger"]): LedgerChange {
  return { ledger, since: null, totals: [], prunedTo: 0, adoptions: [], share: { counters: 1, bytes: 1 } };
}

/** A snapshot of a ledger that does not follow the one to which the logs were offered. */
function coverByStranger(heldLogs: HeldLogs): void {
  const change = changeOf(NEW);
  const watermarks = heldLogs.sources().map((source) => ({ source, watermark: null, ended: false }));
  heldLogs.cover(change, watermarks);
}

/** Hits of counters with names of `length` characters, in turns of `each` counters. */
function gather(heldLogs: HeldLogs, counters: number, length: number, each: number): void {
  for (let from = 0; from < counters; from += each) {
    const names = Array.from({ length: each }, (_, i) => `c${from + i}`.padEnd(length, "x"));
    heldLogs.journal(new Map(names.map((name) => [name, 1])));
    for (const name of names) heldLogs.own?.log.add(name, 1);
  }
}

describe("histories: a batch is bounded when it is gathered", () => {
  for (const [length, each] of [
    [8, 1],
    [8, 1_000],
    [128, 300],
  ] as const)
    it(`H73: a node gathers 30,000 counters of ${length} characters, ${each} a turn: each batch fits a transaction, also after a crash`, () => {
      const world = new World(1);
      const disk = new SimDisk(world);
      const heldLogs = open(disk, world);
      gather(heldLogs, 30_000, length, each);
      const { log } = heldLogs.own as NonNullable<typeof heldLogs.own>;
      const segments = [...log.segments, { from: log.openFrom, to: log.end, counts: log.open }];
      const cuts = segments.map(({ from, to }) => [from, to]);
      for (const { counts } of segments) {
        assert.ok(counts.size <= 4_000, `${counts.size} counters in one batch`);
        assert.ok(counts.size * (length + 12) <= 256_000, `${counts.size * (length + 12)} bytes in one batch`);
      }
      const [carried] = [...open(disk, world).carried.values()];
      assert.deepEqual(
        carried?.log.segments.map(({ from, to }) => [from, to]),
        cuts,
      );
      heldLogs.offer(OLD);
      const offered = heldLogs.offer(OLD);
      assert.ok(offered.length > 1 && offered[0]?.from === 0, "they are not offered in order");
    });
});

/** What a node cannot write down is neither lost nor counted twice while its disk is full. */
describe("histories: what a node holds", () => {
  for (const room of [0, 1, 2]) {
    it(`the disk is full after ${room} writes of a split: hits go on, and what was never offered is offered when there is room`, () => {
      const world = new World(1);
      const disk = new SimDisk(world);
      const heldLogs = open(disk, world);
      hit(heldLogs, 3);
      heldLogs.offer(OLD);
      hit(heldLogs, 2);
      disk.room = room;
      coverByStranger(heldLogs);
      disk.room = Number.POSITIVE_INFINITY;
      hit(heldLogs, 1);
      coverByStranger(heldLogs);
      hit(heldLogs, 7);
      assert.equal(heldLogs.indeterminate, 3);
      assert.equal(heldLogs.own?.log.pending, 10);
      const again = open(disk, world);
      coverByStranger(again);
      const offered = again.offer(NEW).filter(({ firstOffer }) => firstOffer.id === NEW.id);
      assert.equal(
        offered.reduce((sum, { from, to }) => sum + to - from, 0),
        10,
      );
    });
  }

  it("a log that became indeterminate while the disk was full is split when there is room: later hits are offered", () => {
    const world = new World(1);
    const disk = new SimDisk(world);
    const heldLogs = open(disk, world);
    hit(heldLogs, 5);
    const [outstanding] = heldLogs.offer(NEW);
    assert.ok(outstanding);
    const inside = [{ source: outstanding.source, watermark: 3, ended: true }];
    disk.full = true;
    heldLogs.cover(changeOf(NEW), inside);
    disk.full = false;
    heldLogs.cover(changeOf({ ...NEW, version: 10 }), inside);
    hit(heldLogs, 4);
    assert.deepEqual(
      heldLogs.offer(NEW).map(({ from, to }) => [from, to]),
      [[5, 9]],
    );
  });

  it("a log whose journal broke before its first offer is offered: the offer is recorded in a journal that is written anew", () => {
    const world = new World(1);
    const disk = new SimDisk(world);
    const heldLogs = open(disk, world);
    hit(heldLogs, 5);
    disk.shortWrite = { intact: false };
    assert.throws(() => hit(heldLogs, 1), JournalError);
    hit(heldLogs, 2);
    const offered = heldLogs.offer(NEW);
    assert.equal(
      offered.reduce((sum, { from, to }) => sum + to - from, 0),
      7,
    );
    for (const { firstOffer } of disk.recover()) assert.deepEqual(firstOffer?.id, NEW.id);
  });

  it("a log without hits is not offered, and does not grow old before its first one", () => {
    const world = new World(1);
    const heldLogs = open(new SimDisk(world), world);
    assert.deepEqual(heldLogs.offer({ ...NEW, version: 1 }), []);
    assert.deepEqual(heldLogs.sources(), []);
    hit(heldLogs, 1);
    assert.deepEqual(
      heldLogs.offer({ ...NEW, version: 50 }).map(({ firstOffer }) => firstOffer.version),
      [50],
    );
  });
});
