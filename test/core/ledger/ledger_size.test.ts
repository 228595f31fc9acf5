import assert from "node:assert/strict";
import fc from "fast-check";
import { sizeOfNewCounter } from "../../../internal/core/ledger/counter_total.ts";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { encodeLedger } from "../../../internal/core/ledger/ledger_encoding.ts";
import { shareOf } from "../../../internal/core/ledger/ledger_size.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import { conversionOf } from "../../../internal/core/ledger/transaction.ts";
import { NewNames } from "../../../internal/services/counter/new_names.ts";
import { KeptChanges } from "../../../internal/services/leader/kept_changes.ts";
import { Publisher } from "../../../internal/services/leader/publisher.ts";
import { needs } from "../../needs.ts";
import { NO_CHANGE, type ToldNode, toldNode } from "../../services/leader/told_node.ts";
import { batch, ledgerWith, source } from "../samples.ts";

const NONE: ReadonlySet<string> = new Set();
const LIMITS = { counters: 10_000, bytes: 1 << 20, reserved: NONE };
const HOURS = { silence: 3_600_000, afterEnd: 3_600_000, ended: 4_096 };
/** What etcd takes by default is 1.5 MiB; the rounds stop before that. */
const MAX_TRANSACTION = 1_250_000;

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,40}[a-z0-9])?$/);
const total = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const regions = fc.dictionary(fc.stringMatching(/^[a-z-]{1,10}$/), total, { minKeys: 1, maxKeys: 3 });

/** The totals always fit into one transaction, however many nodes introduce counters at the same time. */
describe("the size of a ledger's totals", () => {
  it("is at least what they take in the store", () => {
    fc.assert(
      fc.property(fc.dictionary(name, regions, { maxKeys: 40 }), (record) => {
        const totals = new Map(
          Object.entries(record).map(([counter, sums]) => [counter, new Map(Object.entries(sums))]),
        );
        const ledger = ledgerWith({ totals });
        assert.ok(
          storedTotals(ledger) <= ledger.totals.bytes + 2 * 64,
          `${storedTotals(ledger)} > ${ledger.totals.bytes}`,
        );
      }),
    );
  });

  it("grows by what a new counter was said to take", () => {
    const before = ledgerWith().totals.bytes;
    const after = ledgerWith({ totals: new Map([["visits", new Map([["eu-west", 1n]])]]) }).totals.bytes;
    assert.equal(after - before, sizeOfNewCounter("visits", "eu-west"));
  });
});

describe("a share", () => {
  const full = ledgerWith({ totals: new Map([["a", new Map([["eu", 1n]])]]) });
  const cases: [name: string, size: number, limits: typeof LIMITS, nodes: number, counters: number, bytes: number][] = [
    ["is a part of what is left", 100, { counters: 11, bytes: 400, reserved: NONE }, 5, 2, 20],
    [
      "of a counter is rounded up, so that the last ones are somebody's",
      0,
      { counters: 3, bytes: 300, reserved: NONE },
      10,
      1,
      10,
    ],
    ["is nothing when nothing is left", 500, { counters: 1, bytes: 400, reserved: NONE }, 5, 0, 0],
    ["is one node's when no source is known", 0, { counters: 2, bytes: 300, reserved: NONE }, 0, 1, 100],
  ];
  const reserved = new Set(["a", "b"]);
  cases.push(["leaves the place of reserved counters out", 0, { counters: 4, bytes: 138, reserved }, 1, 2, 33]);
  for (const [title, size, limits, nodes, counters, bytes] of cases)
    it(title, () =>
      assert.deepEqual(shareOf(full, { ...limits, bytes: limits.bytes - size + full.totals.bytes }, nodes), {
        counters,
        bytes,
      }),
    );
});

describe("a share of a ledger of format 2", () => {
  it("is a part of the counters that are left, whatever bytes the others take", () => {
    const { next } = conversionOf(ledgerWith({ totals: new Map([["a", new Map([["eu", 1n]])]]) }), "0123456789abcdef");
    const { counters, bytes } = shareOf(next, { counters: 1_000_001, bytes: 1, reserved: NONE }, 4);
    assert.equal(counters, 250_000);
    assert.ok(bytes >= counters * sizeOfNewCounter("x".repeat(128), "x".repeat(64)));
  });
});

describe("a thousand nodes that all admit new names at once (H19)", () => {
  const NODES = 1_000;

  /** Every node introduces all that it may, is counted, and hears of it, until nobody may introduce anything. */
  for (const heard of [true, false])
    it(`stay within one transaction a round, and within the ledger, ${heard ? "after" : "before"} they hear of it`, function () {
      needs(this, "more time");
      const cluster = new Cluster(NODES);
      if (heard) cluster.publish();
      let introduced = 1;
      for (let i = 0; i < 30 && introduced > 0; i++) {
        introduced = cluster.introduceAll();
        cluster.round();
      }
      assert.equal(introduced, 0, "nodes may introduce counters forever");
      assert.ok(storedTotals(cluster.ledger) <= MAX_TRANSACTION - 100_000, `${storedTotals(cluster.ledger)} bytes`);
    });
});

class Cluster {
  readonly #nodes: { readonly names: NewNames; readonly told: ToldNode; offset: number; fresh: string[] }[];
  readonly #rounds = new Rounds({ epoch: 1, writer: "w1" }, ledgerWith(), 1, LIMITS, HOURS, 0);
  readonly #publishing = new Publisher(LIMITS, new KeptChanges());
  #names = 0;
  #introduced = 0;

  constructor(nodes: number) {
    this.#nodes = Array.from({ length: nodes }, (_, i) => ({
      names: new NewNames("eu", new Set()),
      told: toldNode(`node-${i}`),
      offset: 0,
      fresh: [],
    }));
  }

  get ledger(): Ledger {
    return this.#rounds.ledger;
  }

  /** How many names were new. */
  introduceAll(): number {
    for (const node of this.#nodes) {
      for (let next = this.#nextName(); node.names.admits(next); next = this.#nextName()) {
        node.names.add(next);
        node.fresh.push(next);
        assert.ok(
          ++this.#introduced < 3 * LIMITS.counters,
          "together they may introduce much more than the ledger holds",
        );
      }
    }
    return this.#nodes.reduce((sum, { fresh }) => sum + fresh.length, 0);
  }

  round(): void {
    this.#rounds.begin();
    for (const [i, node] of this.#nodes.entries()) {
      const to = node.offset + node.fresh.length;
      const one = batch(source(i), node.offset, to, { counts: new Map(node.fresh.map((name) => [name, 1])) });
      this.#rounds.accept(String(i), { epoch: 1, round: this.#rounds.round, batches: [one], sources: [one.source] }, 0);
      Object.assign(node, { offset: to, fresh: [] });
    }
    const plan = this.#rounds.plan(0);
    if (!plan) return;
    assert.ok(plan.bytes <= MAX_TRANSACTION, `a transaction of ${plan.bytes} bytes`);
    assert.equal(plan.next.sources.size, this.#nodes.length, "not all answers fit into one transaction");
    this.#rounds.settle(plan, this.#rounds.headRevision + 1, 0);
    this.#publishing.attempt(plan.draft.changed.keys(), "w1");
    this.#publishing.committed(this.#rounds.ledger);
    this.publish();
  }

  publish(): void {
    const connections = this.#nodes.map(({ told }) => told.follower);
    this.#publishing.publish(NO_CHANGE, this.#rounds, connections, connections);
    for (const { names, told } of this.#nodes) {
      const change = told.told.pop()?.shared.ledger;
      if (!change) continue;
      for (const { counter } of change.totals) names.delete(counter);
      names.share(change.share, true);
    }
  }

  #nextName(): string {
    return `counter-${this.#names++}`;
  }
}

function storedTotals(ledger: Ledger): number {
  let bytes = 0;
  for (const [entry, value] of encodeLedger(ledger)) if (entry.startsWith("totals/")) bytes += value.length;
  return bytes;
}
