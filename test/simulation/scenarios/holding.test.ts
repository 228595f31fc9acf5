import assert from "node:assert/strict";
import type { LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import { Tallies } from "../../../internal/services/counter/counters.ts";
import { Holdings } from "../../../internal/services/counter/held_logs.ts";
import { SimDisk } from "../sim_disk.ts";
import { World } from "../world.ts";

const OLD = { id: "1111111111111111", version: 1 };
const NEW = { id: "2222222222222222", version: 9, writer: "writer" };
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function open(disk: SimDisk, world: World): Holdings {
  const tallies = new Tallies("eu");
  const holdings = new Holdings({ directory: disk, random: world.random, region: "eu", tallies, log: SILENT });
  holdings.open();
  return holdings;
}

function hit(holdings: Holdings, by: number): void {
  holdings.journal(new Map([["visits", by]]));
  holdings.own?.log.add("visits", by);
}

function changeOf(ledger: LedgerChange["ledger"]): LedgerChange {
  return { ledger, since: null, totals: [], prunedTo: 0, adoptions: [], share: { counters: 1, bytes: 1 } };
}

/** A snapshot of a ledger that does not follow the one that the logs were offered to. */
function coverByStranger(holdings: Holdings): void {
  const change = changeOf(NEW);
  const watermarks = holdings.sources().map((source) => ({ source, watermark: null, ended: false }));
  holdings.cover(change, watermarks);
}

describe("histories: what a node holds", () => {
  for (const room of [0, 1, 2]) {
    it(`the disk is full after ${room} writes of a split: hits go on, and what was never offered is offered when there is room`, () => {
      const world = new World(1);
      const disk = new SimDisk(world);
      const holdings = open(disk, world);
      hit(holdings, 3);
      holdings.offer(OLD);
      hit(holdings, 2);
      disk.room = room;
      coverByStranger(holdings);
      disk.room = Number.POSITIVE_INFINITY;
      hit(holdings, 1);
      coverByStranger(holdings);
      hit(holdings, 7);
      assert.equal(holdings.indeterminate, 3);
      assert.equal(holdings.own?.log.pending, 10);
      const again = open(disk, world);
      coverByStranger(again);
      const offered = again.offer(NEW).filter(({ note }) => note.id === NEW.id);
      assert.equal(
        offered.reduce((sum, { from, to }) => sum + to - from, 0),
        10,
      );
    });
  }

  it("a log that became indeterminate while the disk was full is split when there is room: later hits are offered", () => {
    const world = new World(1);
    const disk = new SimDisk(world);
    const holdings = open(disk, world);
    hit(holdings, 5);
    const [outstanding] = holdings.offer(NEW);
    assert.ok(outstanding);
    const inside = [{ source: outstanding.source, watermark: 3, ended: true }];
    disk.full = true;
    holdings.cover(changeOf(NEW), inside);
    disk.full = false;
    holdings.cover(changeOf({ ...NEW, version: 10 }), inside);
    hit(holdings, 4);
    assert.deepEqual(
      holdings.offer(NEW).map(({ from, to }) => [from, to]),
      [[5, 9]],
    );
  });

  it("a log without hits is not offered, and does not grow old before its first one", () => {
    const world = new World(1);
    const holdings = open(new SimDisk(world), world);
    assert.deepEqual(holdings.offer({ ...NEW, version: 1 }), []);
    assert.deepEqual(holdings.sources(), []);
    hit(holdings, 1);
    assert.deepEqual(
      holdings.offer({ ...NEW, version: 50 }).map(({ note }) => note.version),
      [50],
    );
  });
});
