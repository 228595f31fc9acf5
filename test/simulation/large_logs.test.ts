import assert from "node:assert/strict";
import { handoffRequest } from "../../internal/adapters/grpc/call_messages.ts";
import { encodeNodeMessage } from "../../internal/adapters/grpc/node_messages.ts";
import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import { type Batch, type LogTail, sizeOfLogTail, sizeOfSegment } from "../../internal/core/log/batch.ts";
import { JournalError } from "../../internal/ports/journal.ts";
import { Counters } from "../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../internal/services/counter/held_logs.ts";
import { needs } from "../needs.ts";
import type { SimCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { acknowledged, begin, endsExactly, followersOf, total } from "./scenarios/story.ts";
import { SimDisk } from "./sim_disk.ts";
import { World } from "./world.ts";

const LOGS = 100;
const COUNTERS = 10_000;
const NOTE = { id: "00000000000000aa", version: 1 };
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
/** Peers accept messages of 16 MiB; nodes must stay far below that. */
const SMALL = 4 << 20;

const counts = new Map(Array.from({ length: COUNTERS }, (_, i) => [`page-${String(i).padStart(12, "0")}`, 1]));

function sourceAt(i: number): string {
  return (0xabc000 + i).toString(16).padStart(16, "0");
}

function logOf(i: number, firstOffer = NOTE, segments = 1): LogTail {
  const cuts = Array.from({ length: segments }, (_, at) => ({ from: at * COUNTERS, to: (at + 1) * COUNTERS, counts }));
  return { source: sourceAt(i), formerly: [], region: "eu", base: 0, firstOffer, shown: 0, segments: cuts };
}

function carrierOf(logs: readonly LogTail[]): HeldLogs {
  const world = new World(1);
  const disk = new SimDisk(world);
  for (const log of logs) disk.store(log);
  const parts = { directory: disk, random: world.random, region: "eu", counters: new Counters("eu"), logger: SILENT };
  const heldLogs = new HeldLogs(parts);
  heldLogs.open();
  return heldLogs;
}

/** Starts a process on a disk on which earlier processes left many large logs, and enters their hits into the books. */
async function startCarrier(cluster: SimCluster, machine: Machine): Promise<void> {
  const known = cluster.up()[0]?.life?.node.cluster().ledger;
  assert.ok(known);
  cluster.kill(machine);
  for (let i = 0; i < LOGS; i++) {
    machine.disk?.store(logOf(i, { id: known.id, version: known.version }));
    cluster.accounts.addForeign(sourceAt(i), counts);
  }
  cluster.network.measures = true;
  cluster.start(machine);
  await cluster.run(100);
}

/** Logs and messages are bounded. A node with very many or very large logs still gets rid of all of them. */
describe("large logs", () => {
  it("a node that carries a hundred logs of ten thousand counters each leaves by commit", async function () {
    needs(this, "more time");
    const cluster = await begin(2, "etcd", 1, { drainTimeout: 600_000 });
    const [machine] = cluster.up().filter((one) => one !== cluster.leader());
    assert.ok(machine);
    await startCarrier(cluster, machine);
    cluster.drain(machine);
    assert.ok(await cluster.until(() => machine.life === null, 600_000), "it does not get rid of them");
    assert.equal(total(cluster), LOGS * COUNTERS);
    assert.equal(machine.disk?.files.size, 0);
    cluster.accounts.checkPages();
    cluster.accounts.checkLedger(cluster.store);
  });

  it("and, while the store is away, by hand-over", async function () {
    needs(this, "more time");
    const cluster = await begin(3);
    cluster.store.discoveryApart = true;
    const [machine] = followersOf(cluster);
    cluster.store.away = true;
    await startCarrier(cluster, machine);
    cluster.drain(machine);
    assert.ok(await cluster.until(() => machine.life === null, 20_000), "it waits for its deadline");
    machine.disk?.files.clear();
    cluster.store.away = false;
    for (let i = 0; i < 60 && total(cluster) < acknowledged(cluster); i++) await cluster.run(5_000);
    assert.equal(total(cluster), acknowledged(cluster));
    cluster.accounts.checkLedger(cluster.store);
  });

  it("what is offered in a round is bounded, every log has its turn, and those that wait are listed once they were offered", () => {
    const heldLogs = carrierOf(Array.from({ length: 40 }, (_, i) => logOf(i)));
    const offered = new Map<string, number>();
    for (let round = 1; round <= 16; round++) {
      const batches = heldLogs.offer(NOTE);
      assert.ok(sizeOnWire(batches) <= SMALL);
      for (const source of new Set(batches.map(({ source }) => source)))
        offered.set(source, (offered.get(source) ?? 0) + 1);
      assert.ok([...offered.keys()].every((source) => heldLogs.sources().includes(source)));
    }
    assert.equal(offered.size, 40);
    assert.ok(Math.max(...offered.values()) - Math.min(...offered.values()) <= 1, [...offered.values()].join());
  });

  it("one log that is larger than a message should be is offered cut by cut, from its beginning", () => {
    const heldLogs = carrierOf([logOf(0, NOTE, 30), logOf(1)]);
    const first = heldLogs.offer(NOTE);
    assert.deepEqual([first[0]?.source, first[0]?.from], [sourceAt(0), 0]);
    assert.ok(first.length < 30 && sizeOnWire(first) <= SMALL);
    const second = heldLogs.offer(NOTE);
    assert.equal(second[0]?.source, sourceAt(1));
  });

  it("a log that has had very many hits ends, and another goes on: the ledger's watermarks have 48 bits", async () => {
    const cluster = await begin(2);
    const [machine] = cluster.up();
    assert.ok(machine);
    for (let i = 0; i < 5; i++) {
      cluster.hit(machine, "visits", 2 ** 46);
      cluster.hit(machine, "visits", i + 1);
      await cluster.run(700);
    }
    await endsExactly(cluster);
    assert.equal(total(cluster), 5 * 2 ** 46 + 15);
    assert.equal(decodeLedger(cluster.store.entries)?.ended.size, 2);
  });

  it("also when the journal of another cannot be begun at first: it takes some more", () => {
    const world = new World(1);
    const disk = new SimDisk(world);
    const parts = { directory: disk, random: world.random, region: "eu", counters: new Counters("eu"), logger: SILENT };
    const heldLogs = new HeldLogs(parts);
    heldLogs.open();
    const first = heldLogs.own;
    const hit = (by: number) => {
      heldLogs.journal(new Map([["visits", by]]));
      heldLogs.own?.log.add("visits", by);
    };
    hit(2 ** 47);
    disk.create = () => {
      throw new JournalError("no space left on device", true);
    };
    hit(1);
    assert.deepEqual([heldLogs.own, heldLogs.pending], [first, 2 ** 47 + 1]);
    Reflect.deleteProperty(disk, "create");
    hit(2);
    assert.notEqual(heldLogs.own, first);
    assert.deepEqual([heldLogs.pending, heldLogs.ownPending], [2 ** 47 + 3, 2 ** 47 + 3]);
    assert.throws(() => first?.log.add("visits", 1), /closed/);
  });

  it("is said to take at least what it takes on the wire", () => {
    const longest = new Map([
      ["x".repeat(128), 2 ** 47],
      ["a", 1],
    ]);
    const firstOffer = { id: "f".repeat(64), version: 2 ** 52 };
    const [from, to] = [2 ** 46, 2 ** 46 + 2 ** 47 + 1];
    const log = { source: sourceAt(1), region: "x".repeat(64), base: 2 ** 46, firstOffer };
    const batch = { ...log, from, to, counts: longest, last: false };
    const tail = {
      ...log,
      formerly: Array.from({ length: 32 }, (_, i) => sourceAt(i)),
      shown: from,
      segments: [{ from, to, counts: longest }],
    };
    assert.ok(sizeOfSegment(batch) >= sizeOnWire([batch]) - sizeOnWire([]));
    assert.ok(sizeOfLogTail(tail) >= handoffRequest.encode({ from: "n", remains: [tail] }).length);
  });
});

function sizeOnWire(batches: readonly Batch[]): number {
  const numbers = { begun: [], hits: 0, committed: 0, pending: 0, indeterminate: 0, active: 0 };
  const flags = { draining: false, drained: false, durable: true, refusing: false, resync: false };
  const answer = { kind: "answer" as const, epoch: 1, round: 1, known: null, sources: [], ...numbers, ...flags };
  return encodeNodeMessage({ ...answer, batches }).length;
}
