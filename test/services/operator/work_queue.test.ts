import assert from "node:assert/strict";
import { WorkQueue, type WorkQueueSettings } from "../../../internal/services/operator/work_queue.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { SeededRandom } from "../../simulation/seeded_random.ts";

/** Turns that a test ends when it likes. */
class Turns {
  readonly clock = new ManualClock();
  readonly begun: { readonly key: string; readonly at: number }[] = [];
  readonly failed: string[] = [];
  readonly queue: WorkQueue;
  /** How a run of this key ends: at once and with nothing more to do, unless a test sets something else. */
  readonly outcome = new Map<string, () => Promise<number | null>>();

  constructor(settings: Partial<WorkQueueSettings> = {}) {
    this.queue = new WorkQueue({
      clock: this.clock,
      random: new SeededRandom(1),
      work: (key) => {
        this.begun.push({ key, at: this.clock.monotonic() });
        return this.outcome.get(key)?.() ?? Promise.resolve(null);
      },
      failed: (key) => this.failed.push(key),
      settings: { gatherMs: 50, firstDelayMs: 500, longestDelayMs: 8_000, workers: 2, ...settings },
    });
  }

  /** Of all turns so far, in order. */
  keys(): string[] {
    return this.begun.map(({ key }) => key);
  }

  times(key: string): number[] {
    return this.begun.filter((turn) => turn.key === key).map(({ at }) => at);
  }
}

/** A turn that ends when `end` is called. */
function held() {
  const { promise, resolve: end } = Promise.withResolvers<number | null>();
  return { turn: () => promise, end };
}

describe("operator: its queue", () => {
  it("runs once for changes that come together", async () => {
    const turns = new Turns();
    for (let change = 0; change < 10; change += 1) turns.queue.add("a");
    await turns.clock.advance(1_000);
    assert.deepEqual(turns.begun, [{ key: "a", at: 50 }]);
  });

  it("runs a key once at a time, and once more for all changes meanwhile", async () => {
    const turns = new Turns();
    const first = held();
    turns.outcome.set("a", first.turn);
    turns.queue.add("a");
    await turns.clock.advance(100);
    for (let change = 0; change < 5; change += 1) turns.queue.add("a");
    await turns.clock.advance(10_000);
    assert.deepEqual(turns.keys(), ["a"]);
    turns.outcome.delete("a");
    first.end(null);
    await turns.clock.advance(100);
    assert.deepEqual(turns.keys(), ["a", "a"]);
    assert.deepEqual(turns.failed, []);
  });

  it("lets no key wait for one that hangs, and starts them in order", async () => {
    const turns = new Turns();
    turns.outcome.set("hangs", held().turn);
    for (const key of ["hangs", "b", "c", "d"]) turns.queue.add(key);
    await turns.clock.advance(100);
    assert.deepEqual(turns.keys(), ["hangs", "b", "c", "d"]);
    assert.equal(turns.queue.oldest, turns.clock.monotonic() - 50);
  });

  it("lets keys wait only while all workers are busy", async () => {
    const turns = new Turns();
    const [one, two] = [held(), held()];
    turns.outcome.set("a", one.turn).set("b", two.turn);
    for (const key of ["a", "b", "c"]) turns.queue.add(key);
    await turns.clock.advance(100);
    assert.deepEqual(turns.keys(), ["a", "b"]);
    assert.equal(turns.queue.waiting, 1);
    one.end(null);
    await turns.clock.advance(1);
    assert.deepEqual(turns.keys(), ["a", "b", "c"]);
  });

  it("runs a key again when its run asked for it, or earlier if something changes", async () => {
    const turns = new Turns();
    turns.outcome.set("a", async () => 5_000);
    turns.queue.add("a");
    await turns.clock.advance(6_000);
    assert.deepEqual(turns.times("a"), [50, 5_050]);
    turns.queue.add("a");
    await turns.clock.advance(100);
    assert.deepEqual(turns.times("a"), [50, 5_050, 6_050]);
  });

  it("waits longer after each failure, with jitter, up to a limit", async () => {
    const turns = new Turns();
    turns.outcome.set("a", () => Promise.reject(new Error("no")));
    turns.queue.add("a");
    await turns.clock.advance(60_000);
    const at = turns.times("a");
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, pause] of pauses.entries()) {
      const longest = Math.min(8_000, 500 * 2 ** index);
      assert.ok(pause >= longest / 2 && pause <= longest, `pause ${index} is ${pause} ms`);
    }
    assert.ok(pauses.length > 8 && new Set(pauses).size === pauses.length);
    assert.equal(turns.failed.length, at.length);
    assert.equal(turns.queue.failing, 1);
  });

  it("runs a failing key earlier if something changes, but not for a reminder", async () => {
    const turns = new Turns({ longestDelayMs: 60_000, firstDelayMs: 1_000 });
    turns.outcome.set("a", () => Promise.reject(new Error("no")));
    turns.queue.add("a");
    await turns.clock.advance(30_000);
    const before = turns.begun.length;
    turns.queue.remind("a");
    await turns.clock.advance(500);
    assert.equal(turns.begun.length, before);
    turns.queue.add("a");
    await turns.clock.advance(1_000);
    assert.equal(turns.begun.length, before + 1);
    turns.outcome.delete("a");
    await turns.clock.advance(60_000);
    assert.equal(turns.queue.failing, 0);
    assert.equal(turns.begun.length, before + 2);
  });

  it("starts nothing after stop(), and lets present runs end", async () => {
    const turns = new Turns();
    const last = held();
    turns.outcome.set("a", last.turn);
    turns.queue.add("a");
    await turns.clock.advance(60);
    turns.queue.add("b");
    let over = false;
    const stopped = turns.queue.stop().then(() => {
      over = true;
    });
    await turns.clock.advance(1_000);
    assert.equal(over, false);
    last.end(10);
    await stopped;
    await turns.clock.advance(1_000);
    assert.deepEqual(turns.keys(), ["a"]);
  });
});
