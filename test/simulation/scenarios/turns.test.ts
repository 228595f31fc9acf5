import assert from "node:assert/strict";
import { emptyLedger } from "../../../internal/core/ledger/ledger.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import type { LogTail } from "../../../internal/core/log/batch.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../../internal/services/counter/held_logs.ts";
import { SimDisk } from "../sim_disk.ts";
import { World } from "../world.ts";

const LEDGER = "1111111111111111";
const FIRST_OFFER = { id: LEDGER, version: 0 };
const HOUR_MS = 3_600_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** One hit each of `count` counters with names of the maximum length. */
function manyCounters(count: number, prefix: string): Map<string, number> {
  return new Map(Array.from({ length: count }, (_, i) => [`${prefix}${i}`.padEnd(128, "x"), 1]));
}

describe("histories: more than fits", () => {
  it("two nodes' answers do not fit one transaction: each has its turn, though the first always has more", () => {
    const limits = { counters: 10_000, bytes: 1 << 20 };
    const retention = { silence: HOUR_MS, afterEnd: HOUR_MS, ended: 4_096 };
    const leader = new Rounds({ epoch: 1, writer: "writer" }, emptyLedger(LEDGER), 1, limits, retention, 0);
    const [a, b] = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"] as const;
    const watermarkOf = (source: string) => leader.ledger.sources.get(source) ?? 0;
    for (let i = 1; i <= 4; i++) {
      const round = leader.begin();
      for (const source of [a, b]) {
        const from = watermarkOf(source);
        const segment = { from, to: from + 5_000, counts: manyCounters(5_000, source) };
        const batch = { ...segment, source, region: "eu", base: 0, firstOffer: FIRST_OFFER, last: false };
        leader.accept(`node-${source}`, { epoch: 1, round, batches: [batch], sources: [source] }, 0);
      }
      const plan = leader.plan(0);
      assert.ok(plan);
      leader.settle(plan, i + 1, 0);
    }
    assert.ok(watermarkOf(a) > 0 && watermarkOf(b) > 0, `${watermarkOf(a)} and ${watermarkOf(b)} hits are counted`);
  });

  it("a node carries more logs than one message holds: each message is bounded, and each log has its turn", () => {
    const world = new World(1);
    const disk = new SimDisk(world);
    const counts = manyCounters(5_000, "page-");
    for (let i = 0; i < 12; i++) {
      const segments = [{ from: 0, to: 5_000, counts }];
      const source = (0xabc0 + i).toString(16).padStart(16, "0");
      const tail: LogTail = {
        source,
        formerly: [],
        region: "eu",
        base: 0,
        firstOffer: FIRST_OFFER,
        shown: 0,
        segments,
      };
      disk.store(tail);
    }
    const counters = new Counters("eu");
    const heldLogs = new HeldLogs({ directory: disk, random: world.random, region: "eu", counters, logger: SILENT });
    heldLogs.open();
    const offered = new Set<string>();
    for (let round = 1; round <= 4; round++) {
      const sources = new Set(heldLogs.offer(FIRST_OFFER).map(({ source }) => source));
      assert.ok(sources.size > 0 && sources.size < 12, `${sources.size} of 12 logs are in one message`);
      for (const source of sources) offered.add(source);
    }
    assert.equal(offered.size, 12);
  });
});
