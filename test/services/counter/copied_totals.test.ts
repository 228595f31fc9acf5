import assert from "node:assert/strict";
import { HitHistory } from "../../../internal/core/cluster/hit_history.ts";
import type { CounterTotals, LedgerChange, ShownWatermark } from "../../../internal/core/ledger/snapshot.ts";
import type { Clock } from "../../../internal/ports/clock.ts";
import type { Logger } from "../../../internal/ports/logger.ts";
import type { NodeMessage, NodeStream, NodeStreamEvents } from "../../../internal/ports/peers.ts";
import { ClusterCache } from "../../../internal/services/counter/cluster_cache.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import { HeldLogs } from "../../../internal/services/counter/held_logs.ts";
import { Hits } from "../../../internal/services/counter/hits.ts";
import { KeyedHits } from "../../../internal/services/counter/keyed_hits.ts";
import { KnownLedger } from "../../../internal/services/counter/known_ledger.ts";
import { LeaderSession } from "../../../internal/services/counter/leader_session.ts";
import { Marks } from "../../../internal/services/counter/marks.ts";
import { KeptChanges } from "../../../internal/services/leader/kept_changes.ts";
import { LEDGER_ID, source } from "../../core/samples.ts";
import { NO_CHANGE } from "../leader/told_node.ts";

const MEMBER = { id: "n", name: "n", region: "eu", peerAddress: "n:1", url: "http://n" };
const STILL: Clock = { monotonic: () => 0, wall: () => 0, after: () => () => {}, endOfTurn() {} };
const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const THIRDS = 3;

/**
 * A copy of all totals comes in parts on one stream. A node shows what it has heard of, and says that it does not know the rest. It never
 * takes a copy for whole that is not.
 */
describe("a node that gets a copy of all totals", () => {
  it("knows the sum of all at once, each counter when its part comes, and in the end all of them", () => {
    const node = new Following();
    const leader = node.lead(1);
    leader.begin(5, 60n);
    assert.deepEqual([node.shows("a"), node.shows("b"), node.sum, node.complete], [null, null, 60n, false]);
    leader.part(5, { a: 10 }, 60n);
    leader.part(6, { b: 21, a: 11 }, 62n);
    assert.deepEqual([node.shows("a"), node.shows("b"), node.shows("c"), node.sum], [11n, 21n, null, 62n]);
    assert.equal(node.report().totals, null);
    leader.part(6, { c: 30 }, 62n);
    assert.deepEqual([node.shows("c"), node.shows("none"), node.sum, node.complete], [30n, 0n, 62n, true]);
    assert.equal(node.report().totals?.version, 6);
  });

  it("does not take another sum for its own", () => {
    const node = new Following();
    const leader = node.lead(1);
    leader.begin(5, 60n);
    leader.part(5, { a: 10 }, 60n);
    leader.part(5, { b: 20 }, 60n);
    assert.throws(() => leader.part(5, { c: 31 }, 60n), /a copy is whole/);
  });

  it("has all parts that waited for a watermark, when a later change has it", () => {
    const node = new Following();
    const leader = node.lead(1);
    node.hit("a");
    leader.collect(4);
    leader.begin(5, 61n);
    for (const totals of [{ a: 10 }, { b: 20 }, { c: 31 }]) leader.part(5, totals, 61n);
    assert.deepEqual([node.shows("a"), node.complete], [null, false]);
    leader.publish({ ...change(6, { a: 11 }), since: 5 }, node.covered(1));
    assert.deepEqual([node.shows("a"), node.shows("b"), node.shows("c"), node.complete], [11n, 20n, 31n, true]);
  });

  it("has all parts that wait when another watermark lets the first of them in", () => {
    const node = new Following();
    const leader = node.lead(1);
    leader.begin(5, 61n);
    node.hit("a");
    leader.collect(5);
    for (const totals of [{ a: 10 }, { b: 20 }, { c: 31 }]) leader.part(5, totals, 61n);
    leader.publish({ ...change(6, { a: 11 }), since: 5 }, node.covered(1));
    assert.deepEqual([node.shows("a"), node.shows("b"), node.shows("c"), node.complete], [11n, 20n, 31n, true]);
  });

  it("asks for everything when another leader goes on with another copy", () => {
    const node = new Following();
    const [first, second] = [node.lead(1), node.lead(2)];
    second.begin(5, 60n);
    second.part(5, { a: 10 }, 60n);
    second.end();
    first.part(5, { c: 30 }, 60n, 1);
    assert.equal(node.report().resync, true);
    first.part(5, { b: 20 }, 60n);
    assert.deepEqual([node.report().resync, node.complete], [true, false]);
  });

  it("asks for everything when a leader takes its copy for whole, until it begins anew", () => {
    const node = new Following();
    const leader = node.lead(1);
    leader.begin(5, 60n);
    leader.part(5, { a: 10 }, 60n);
    leader.publish({ ...change(6, { b: 20 }), since: 5 });
    leader.publish({ ...change(7, { b: 21 }), since: 5 });
    assert.equal(node.report().resync, true);
    leader.begin(7, 60n);
    assert.deepEqual([node.report().resync, node.shows("a"), node.complete], [false, null, false]);
  });

  it("asks for everything when a part comes twice, or one is missing", () => {
    for (const at of [0, 2]) {
      const node = new Following();
      const leader = node.lead(1);
      leader.begin(5, 60n);
      leader.part(5, { a: 10 }, 60n);
      leader.part(5, { a: 10 }, 60n, at);
      assert.equal(node.report().resync, true);
    }
  });

  it("knows the sum of its version, also when its copy broke off", () => {
    const node = new Following();
    const leader = node.lead(1);
    leader.begin(5, 60n);
    leader.part(5, { a: 10 }, 60n, 1);
    leader.part(5, { a: 10 }, 60n, 1);
    leader.publish({ ...change(6, { b: 21 }), since: 5 });
    assert.deepEqual([node.sum, node.version], [60n, 5]);
  });

  it("takes a full snapshot of a leader that knows no copies", () => {
    const node = new Following();
    const leader = node.lead(1);
    leader.begin(5, 60n);
    leader.publish(change(5, { a: 10, b: 50 }));
    assert.deepEqual([node.shows("b"), node.complete], [50n, true]);
  });

  it("tells no rate of a counter that it hears of for the first time", () => {
    const node = new Following();
    const leader = node.lead(1);
    leader.begin(5, 60n);
    node.now = 1_000;
    leader.part(5, { a: 60 }, 60n);
    node.now = 3_000;
    leader.part(6, { a: 62 }, 62n);
    assert.equal(
      node.history("a").reduce((sum, hits) => sum + hits, 0),
      2,
    );
  });
});

function change(version: number, totals: Readonly<Record<string, number>>): LedgerChange {
  const all = Object.entries(totals).map(
    ([counter, sum]): CounterTotals => ({ counter, regions: new Map([["eu", BigInt(sum)]]) }),
  );
  const ledger = { id: LEDGER_ID, version, writer: source(7) };
  return { ledger, since: null, totals: all, prunedTo: 0, adoptions: [], share: { counters: 9, bytes: 999 } };
}

/** A node without a disk, and whatever leaders say to it. */
class Following {
  now = 0;
  readonly #clock: Clock = { ...STILL, monotonic: () => this.now };
  readonly #counters = new Counters("eu");
  readonly #history = new HitHistory();
  readonly #heldLogs = new HeldLogs({
    directory: null,
    random: { id: () => source(1), fraction: () => 0 },
    region: "eu",
    counters: this.#counters,
    logger: SILENT,
  });
  readonly #hits = new Hits({
    heldLogs: this.#heldLogs,
    counters: this.#counters,
    clock: this.#clock,
    logger: SILENT,
    allowed: null,
    halt: (error) => assert.fail(error),
  });
  readonly #clusterCache = new ClusterCache(this.#clock);
  readonly #keyedHits = new KeyedHits({
    life: source(2),
    region: "eu",
    counters: this.#counters,
    hits: this.#hits,
    clusterCache: this.#clusterCache,
    clock: this.#clock,
  });
  readonly #session = new LeaderSession({
    self: MEMBER,
    heldLogs: this.#heldLogs,
    hits: this.#hits,
    keyedHits: this.#keyedHits,
    marks: new Marks({
      life: source(2),
      region: "eu",
      counters: this.#counters,
      hits: this.#hits,
      clock: this.#clock,
      logger: SILENT,
    }),
    counters: this.#counters,
    history: this.#history,
    clock: this.#clock,
    clusterCache: this.#clusterCache,
    logger: SILENT,
    durable: () => false,
    refusing: () => false,
    active: () => 0,
    draining: () => false,
    known: new KnownLedger(null, this.#clock, SILENT),
    heardChanges: new KeptChanges(),
    days: { adopt() {} },
    links: { adopt() {} },
    checkLeader: (_hello, _authenticated, verdict) => verdict(null),
    adopted() {},
    leaderResigned() {},
    leaderHeard() {},
    leaderLost() {},
  });
  readonly sent: NodeMessage[] = [];

  constructor() {
    this.#heldLogs.open();
  }

  lead(epoch: number): Leader {
    const stream: NodeStream = { authenticated: true, send: (message) => void this.sent.push(message), refuse() {} };
    const leader = new Leader(this.#session.accept(stream), epoch);
    leader.hello();
    return leader;
  }

  hit(counter: string): void {
    this.#hits.hit(counter, 1, () => {});
    this.#hits.flush();
  }

  shows(counter: string): bigint | null {
    return this.#counters.committed(counter);
  }

  history(counter: string): readonly number[] {
    return this.#history.read(counter).hits;
  }

  get sum(): bigint | undefined {
    return this.#counters.sum()?.total;
  }

  get version(): number | undefined {
    return this.#counters.ledger?.version;
  }

  get complete(): boolean {
    return this.#counters.complete;
  }

  covered(watermark: number): ShownWatermark[] {
    return this.#heldLogs.sources().map((source) => ({ source, watermark, ended: false }));
  }

  /** What it reports to a leader now. */
  report(): NodeMessage {
    this.lead(9).end();
    return this.sent.at(-1) as NodeMessage;
  }
}

class Leader {
  readonly #node: NodeStreamEvents;
  readonly #epoch: number;
  #version = 0;
  /** The first page of the next part. */
  #next = 0;

  constructor(node: NodeStreamEvents, epoch: number) {
    this.#node = node;
    this.#epoch = epoch;
  }

  hello(): void {
    this.#node.message({ kind: "welcome", leader: "l", epoch: this.#epoch, ledger: null, adopted: [] });
  }

  collect(version: number): void {
    this.#node.message({ kind: "collect", epoch: this.#epoch, round: 1, ledger: { id: LEDGER_ID, version } });
  }

  begin(version: number, sum: bigint): void {
    this.#version = version;
    this.#next = 0;
    this.publish({ ...change(version, {}), copy: { first: 0, pages: 0, of: THIRDS, sum } });
  }

  /** A third of the copy, and what changed since the last one. */
  part(version: number, totals: Readonly<Record<string, number>>, sum: bigint, at?: number): void {
    const since = this.#version || version;
    this.#version = version;
    const first = at ?? this.#next;
    this.#next = first + 1;
    this.publish({ ...change(version, totals), since, copy: { first: first % THIRDS, pages: 1, of: THIRDS, sum } });
  }

  publish(ledger: LedgerChange, watermarks: readonly ShownWatermark[] = []): void {
    this.#node.message({ kind: "published", publication: { shared: { cluster: NO_CHANGE, ledger }, watermarks } });
  }

  end(): void {
    this.#node.closed();
  }
}
