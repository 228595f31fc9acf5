import assert from "node:assert/strict";
import fc from "fast-check";
import type { CopyPart, CounterTotals, LedgerChange } from "../../../internal/core/ledger/snapshot.ts";
import type { Segment } from "../../../internal/core/log/batch.ts";
import { Counters } from "../../../internal/services/counter/counters.ts";
import { counterName, hitList, LEDGER_ID, source, tally } from "../../core/samples.ts";

/** What a node shows is what is committed plus what it holds. It never shows less than before, nor one hit twice. */
describe("what a node shows of a counter", () => {
  /** `others`: hits of other nodes that each round commits. `own`: hits that arrive here between rounds. */
  const round = fc.record({
    own: fc.array(hitList, { maxLength: 2 }),
    others: fc.array(counterName),
    covers: fc.boolean(),
  });

  it("is every hit that arrived here or is committed, and never steps back", () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 12 }), (rounds) => {
        const node = new Shown();
        for (const { own, others, covers } of rounds) {
          for (const hits of own) node.hit(hits);
          node.snapshot(others, covers);
        }
      }),
    );
  });

  it("does not step back when hits are covered that an earlier snapshot had brought: it stays until its total has grown", () => {
    const counters = new Counters("eu");
    const shown = () => Number(counters.get("a")?.committed) + (counters.get("a")?.pending ?? 0);
    const adopt = (version: number, sum: number, covered: readonly string[]) => {
      counters.adopt(change(version, [total("a", sum)]));
      counters.removePending([segment(covered)]);
      counters.settle();
    };
    counters.addPending("a", 3);
    adopt(1, 5, []);
    assert.equal(shown(), 8);
    adopt(2, 5, ["a", "a", "a"]);
    assert.equal(shown(), 8);
    counters.addPending("a", 1);
    assert.equal(shown(), 9, "a visitor's own hit is in it");
    assert.throws(() => counters.removePending([segment(["a", "a"])]), /only what is pending/);
    adopt(3, 7, ["a"]);
    assert.equal(shown(), 9);
    adopt(4, 12, []);
    assert.equal(shown(), 12);
  });

  it("does not step back while a copy of all totals comes in parts, though hits were set aside: they leave as the total grows", () => {
    const counters = new Counters("eu");
    const shown = () => Number(counters.get("a")?.committed) + (counters.get("a")?.pending ?? 0);
    const copied = (since: number | null, totals: CounterTotals[], covered: readonly string[] = []) => {
      counters.adopt({
        ...change(2, totals),
        since,
        copy: { first: since === null ? 0 : 1, pages: 1, of: 2, sum: 12n },
        format: 2,
      });
      counters.removePending(covered.length > 0 ? [segment(covered)] : []);
      counters.settle();
    };
    counters.adopt(change(1, [total("a", 8)]));
    counters.addPending("a", 7);
    counters.setAside([segment(["a", "a", "a", "a"])]);
    counters.settle();
    assert.equal(shown(), 15);
    copied(null, [], ["a", "a"]);
    copied(2, [total("a", 12)]);
    assert.equal(shown(), 15, "of the four hits, two were already pending here");
    counters.adopt(change(3, [total("a", 14)]));
    counters.settle();
    assert.equal(shown(), 15);
  });

  it("steps back only when another ledger is followed", () => {
    const counters = new Counters("eu");
    counters.adopt(change(1, [total("a", 5)]));
    counters.settle();
    counters.addPending("a", 3);
    counters.adopt({ ...change(1, [total("a", 1)]), ledger: { id: source(5), version: 1, writer: "" } });
    counters.removePending([segment(["a"])]);
    counters.settle();
    assert.deepEqual([counters.get("a")?.committed, counters.get("a")?.pending], [1n, 2]);
  });

  it("is what another ledger says, once that is followed", () => {
    const counters = new Counters("eu");
    counters.adopt(change(1, [total("a", 5), total("b", 2)]));
    counters.addPending("a", 3);
    counters.adopt({ ...change(1, [total("b", 1)]), ledger: { id: source(5), version: 1, writer: "" } });
    assert.deepEqual(
      [counters.get("a")?.committed, counters.get("a")?.pending, counters.get("b")?.committed],
      [0n, 3, 1n],
    );
    assert.deepEqual(names(counters.list("", 9)), ["b"]);
  });

  it("is nothing once all totals came without it: it was deleted while this node heard of no change", () => {
    const counters = new Counters("eu");
    counters.adopt(change(1, [total("a", 5), total("b", 2)]));
    counters.adopt(change(3, [total("b", 2)]));
    assert.deepEqual([counters.committed("a"), counters.get("a"), counters.committed("b")], [0n, undefined, 2n]);
    assert.deepEqual(names(counters.list("", 9)), ["b"]);
    assert.equal(counters.sum()?.total, 2n);
  });

  for (const [what, deletion] of Object.entries({
    "in one change": { since: 1 },
    "in a copy of all totals": { since: 1, copy: { first: 1, pages: 1, of: 2, sum: 5n } },
  }))
    it(`does not keep hits that were counted and deleted ${what}`, () => {
      const counters = new Counters("eu");
      counters.adopt({ ...change(1, [total("b", 5)]), ...beginning(deletion.copy) });
      counters.settle();
      counters.addPending("a", 1);
      counters.adopt({ ...change(3, [{ counter: "a", regions: new Map() }]), ...deletion, format: 2 });
      counters.removePending([segment(["a"])]);
      counters.settle();
      assert.deepEqual([counters.committed("a"), counters.get("a")?.pending ?? 0], [0n, 0]);
    });

  it("stands still in a ledger of format 1 when hits are covered that only a lost ledger has counted", () => {
    const counters = new Counters("eu");
    counters.adopt(change(1, []));
    counters.settle();
    counters.addPending("a", 3);
    counters.adopt({ ...change(2, [total("a", 1)]), since: 1, format: 1 });
    counters.removePending([segment(["a", "a", "a"])]);
    counters.settle();
    assert.deepEqual([counters.get("a")?.committed, counters.get("a")?.pending], [1n, 2]);
  });

  it("stands still while hits of a counter that the ledger lacks wait for their place in it", () => {
    const counters = new Counters("eu");
    counters.adopt(change(1, []));
    counters.settle();
    counters.addPending("a", 3);
    counters.adopt({ ...change(2, []), since: 1, format: 2 });
    counters.conceal([segment(["a", "a", "a"])]);
    counters.settle();
    assert.deepEqual([counters.get("a")?.pending, counters.get("a")?.unplaced], [3, 3]);
    counters.showPending([segment(["a", "a", "a"])]);
    counters.settle();
    assert.deepEqual([counters.get("a")?.pending, counters.get("a")?.unplaced], [3, 0]);
  });

  it("may be less in another generation, also after a copy of all totals", () => {
    const counters = new Counters("eu");
    counters.adopt(change(1, [total("a", 5)]));
    counters.settle();
    counters.addPending("a", 1);
    const set = { ...total("a", 5), generation: 2 };
    counters.adopt({ ...change(2, [set]), copy: { first: 0, pages: 2, of: 2, sum: 5n }, format: 2 });
    counters.removePending([segment(["a"])]);
    counters.settle();
    assert.deepEqual([counters.get("a")?.committed, counters.get("a")?.pending ?? 0], [5n, 0]);
  });

  for (const [what, { regions, shown }] of Object.entries({
    "set to less": { regions: new Map([["eu", 3n]]), shown: 3n },
    "set to a little more": { regions: new Map([["eu", 7n]]), shown: 7n },
    deleted: { regions: new Map<string, bigint>(), shown: 0n },
  }))
    it(`has nothing that stood still once a person has ${what} the counter`, () => {
      const counters = new Counters("eu");
      counters.adopt({ ...change(1, [total("a", 5)]), format: 2 });
      counters.settle();
      counters.addPending("a", 4);
      counters.setAside([segment(["a", "a", "a", "a"])]);
      counters.settle();
      counters.adopt({ ...change(2, [{ counter: "a", regions, generation: 2 }]), since: 1, format: 2 });
      counters.settle();
      const { pending = 0 } = counters.get("a") ?? {};
      assert.equal((counters.committed("a") ?? 0n) + BigInt(pending), shown);
    });

  it("has nothing of another ledger that stood still, also where the followed one has less", () => {
    const counters = new Counters("eu");
    counters.adopt(change(1, [total("a", 5)]));
    counters.addPending("a", 9);
    counters.setAside([segment(["a", "a", "a", "a", "a", "a", "a", "a"])]);
    counters.settle();
    counters.adopt({ ...change(1, [total("a", 3)]), ledger: { id: source(5), version: 1, writer: "" } });
    counters.settle();
    assert.deepEqual(
      [counters.get("a")?.committed, counters.get("a")?.pending, counters.get("a")?.unplaced],
      [3n, 1, 0],
    );
  });

  it("is the sum of its regions", () => {
    const counters = new Counters("eu");
    counters.adopt(
      change(1, [
        {
          counter: "a",
          regions: new Map([
            ["eu", 2n ** 60n],
            ["us", 3n],
          ]),
        },
      ]),
    );
    assert.equal(counters.get("a")?.committed, 2n ** 60n + 3n);
  });
});

describe("the sum of all counters", () => {
  it("is unknown before the first snapshot", () => assert.equal(new Counters("eu").sum(), null));

  /** What each round adds to which counters; `another`: the round brings another ledger, in which only these are. */
  const rounds = fc.array(
    fc.record({
      hits: fc.array(fc.tuple(fc.stringMatching(/^[a-z][0-9]?$/), fc.integer({ min: 1, max: 9 })), { maxLength: 90 }),
      another: fc.boolean(),
    }),
    { maxLength: 8 },
  );

  it("and the hundred largest are those of the ledger, whichever totals arrive in which order", () => {
    fc.assert(
      fc.property(rounds, (all) => {
        const counters = new Counters("eu");
        let ledger = new Map<string, bigint>();
        let id = 0;
        all.forEach(({ hits, another }, version) => {
          if (another) {
            id += 1;
            ledger = new Map();
          }
          for (const [counter, by] of hits) ledger.set(counter, (ledger.get(counter) ?? 0n) + BigInt(by));
          const totals = [...new Set(hits.map(([counter]) => counter))].map((counter) =>
            total(counter, Number(ledger.get(counter))),
          );
          counters.adopt({
            ...change(version + 1, totals),
            since: another || version === 0 ? null : version,
            ledger: { id: source(id), version: version + 1, writer: "w" },
          });
          counters.addPending("pending", 3);
          const sum = counters.sum();
          const sorted = [...ledger].sort(([a, x], [b, y]) => Number(y - x) || (a < b ? -1 : 1));
          assert.equal(
            sum?.total,
            [...ledger.values()].reduce((sum, committed) => sum + committed, 0n),
          );
          assert.deepEqual(
            sum.largest,
            sorted.slice(0, 100).map(([counter, committed]) => ({ counter, committed })),
          );
        });
      }),
    );
  });
});

describe("the list of committed counters", () => {
  const someNames = fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,3}$/), { maxLength: 30 });

  it("is had in pages, each name once, in order", () => {
    fc.assert(
      fc.property(someNames, fc.integer({ min: 1, max: 7 }), (all, limit) => {
        const counters = new Counters("eu");
        counters.adopt(
          change(
            1,
            all.map((name) => total(name, 1)),
          ),
        );
        const listed: string[] = [];
        for (let page = counters.list("", limit); page.length > 0; page = counters.list(listed.at(-1) ?? "", limit)) {
          assert.ok(page.length <= limit);
          listed.push(...names(page));
        }
        assert.deepEqual(listed, [...all].sort());
      }),
    );
  });

  it("begins after any name, whether there is such a counter or not", () => {
    const counters = new Counters("eu");
    counters.adopt(
      change(
        1,
        ["b", "d", "f"].map((name) => total(name, 1)),
      ),
    );
    const after = ["", "a", "b", "c", "f", "g"].map((name) => names(counters.list(name, 2)).join(""));
    assert.deepEqual(after, ["bd", "bd", "df", "df", "", ""]);
  });

  it("knows counters that come later, and none that is only pending", () => {
    const counters = new Counters("eu");
    counters.adopt(change(1, [total("b", 1)]));
    counters.addPending("c", 1);
    assert.deepEqual(names(counters.list("", 9)), ["b"]);
    counters.adopt({ ...change(2, [total("c", 1), total("a", 1)]), since: 1 });
    assert.deepEqual(names(counters.list("", 9)), ["a", "b", "c"]);
  });
});

describe("a new counter", () => {
  it("is admitted while it fits into the node's share", () => {
    const counters = new Counters("eu");
    counters.adopt({ ...change(1, []), share: { counters: 2, bytes: 1_000 } });
    assert.deepEqual(introduce(counters, ["a", "b", "c"]), ["a", "b"]);
    assert.ok(counters.admits("a"), "what was admitted stays so");
  });

  it("is not admitted past the share's bytes", () => {
    const counters = new Counters("eu");
    counters.adopt({ ...change(1, []), share: { counters: 99, bytes: 100 } });
    assert.deepEqual(introduce(counters, ["a".repeat(80), "b".repeat(10), "c".repeat(80)]), ["b".repeat(10)]);
  });

  it("keeps its place while anyone waits that would create it", () => {
    const counters = new Counters("eu");
    counters.adopt({ ...change(1, []), share: { counters: 1, bytes: 1_000 } });
    assert.deepEqual([counters.reserve("a"), counters.reserve("a")], [true, true]);
    counters.release("a");
    assert.equal(counters.admits("b"), false);
    counters.release("a");
    assert.equal(counters.admits("b"), true);
    assert.throws(() => counters.release("a"), /a place that is given back was held/);
  });

  it("takes nothing of the share once it is committed", () => {
    const counters = new Counters("eu");
    counters.adopt({ ...change(1, []), share: { counters: 1, bytes: 1_000 } });
    introduce(counters, ["a"]);
    assert.ok(!counters.admits("b"));
    counters.adopt({ ...change(2, [total("a", 1)]), share: { counters: 1, bytes: 1_000 } });
    assert.ok(counters.admits("b"));
  });

  it("is admitted in small numbers before any snapshot", () => {
    const many = Array.from({ length: 100 }, (_, i) => `n${i}`);
    const admitted = introduce(new Counters("eu"), many);
    assert.ok(admitted.length > 0 && admitted.length < 50, `${admitted.length} were admitted`);
  });
});

/** A node's page, and what it should show: `Counters` is told what its services tell it. */
class Shown {
  readonly #counters = new Counters("eu");
  readonly #arrived: string[] = [];
  readonly #others: string[] = [];
  #covered = 0;
  #version = 0;

  hit(hits: readonly string[]): void {
    for (const [counter, by] of tally(hits)) this.#counters.addPending(counter, by);
    this.#arrived.push(...hits);
    this.#check();
  }

  /** A snapshot that has more of the others' hits and, if it `covers` them, all of this node's. */
  snapshot(others: readonly string[], covers: boolean): void {
    this.#others.push(...others);
    const before = this.#covered;
    if (covers) this.#covered = this.#arrived.length;
    const committed = tally([...this.#others, ...this.#arrived.slice(0, this.#covered)]);
    this.#counters.adopt(
      change(
        ++this.#version,
        [...committed].map(([counter, sum]) => total(counter, sum)),
      ),
    );
    this.#counters.removePending([segment(this.#arrived.slice(before, this.#covered))]);
    this.#counters.settle();
    this.#check();
  }

  /** All that ever happened is shown: a number made of it cannot step back. */
  #check(): void {
    const expected = tally([...this.#others, ...this.#arrived]);
    for (const [counter, sum] of expected) {
      const shown = this.#counters.get(counter);
      assert.equal((shown?.committed ?? 0n) + BigInt(shown?.pending ?? 0), BigInt(sum));
    }
  }
}

/** The first message of a copy that goes on. */
function beginning(copy: CopyPart | undefined): Pick<LedgerChange, "copy"> {
  return { copy: copy && { ...copy, first: 0 } };
}

function segment(hits: readonly string[]): Segment {
  return { from: 0, to: hits.length, counts: tally(hits) };
}

function introduce(counters: Counters, all: readonly string[]): string[] {
  const admitted = all.filter((name) => {
    const admits = counters.admits(name);
    if (admits) counters.addPending(name, 1);
    return admits;
  });
  return admitted;
}

function total(counter: string, sum: number): CounterTotals {
  return { counter, regions: new Map([["eu", BigInt(sum)]]) };
}

function change(version: number, totals: readonly CounterTotals[]): LedgerChange {
  const ledger = { id: LEDGER_ID, version, writer: "w1" };
  return { ledger, since: null, totals, prunedTo: 0, adoptions: [], share: { counters: 100, bytes: 10_000 } };
}

function names(page: readonly CounterTotals[]): string[] {
  return page.map(({ counter }) => counter);
}
