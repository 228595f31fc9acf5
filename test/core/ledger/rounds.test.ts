import assert from "node:assert/strict";
import { LedgerMismatch } from "../../../internal/core/ledger/ledger.ts";
import { encodeLedger } from "../../../internal/core/ledger/ledger_encoding.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { type RoundReply, Rounds } from "../../../internal/core/ledger/rounds.ts";
import { Totals } from "../../../internal/core/ledger/totals.ts";
import type { Batch, SourceId } from "../../../internal/core/log/batch.ts";
import { entriesAfter } from "../../ports/store/entries.ts";
import { batch, LEDGER_ID, ledgerWith, plainLedger, source } from "../samples.ts";

const HOURS = { silence: 3_600_000, afterEnd: 3_600_000, ended: 4_096 };
const LIMITS = { counters: 10_000, bytes: 1 << 20 };
const A = source(1);

function roundsOn(ledger = ledgerWith()): Rounds {
  return new Rounds({ epoch: 7, writer: "w7" }, ledger, 41, LIMITS, HOURS, 0);
}

function answer(rounds: Rounds, batches: readonly Batch[], more: Partial<RoundReply> = {}): RoundReply {
  const sources: SourceId[] = batches.map((one) => one.source);
  return { epoch: rounds.epoch, round: rounds.round, batches, sources, ...more };
}

/** A round plans what its nodes answered to it, under its epoch, and changes nothing before the store has said yes. */
describe("a round", () => {
  it("writes what the nodes answered, under its leader's epoch and name", () => {
    const rounds = roundsOn();
    rounds.begin();
    assert.ok(rounds.accept("a", answer(rounds, [batch(A, 0, 2)]), 1));
    assert.ok(rounds.accept("b", answer(rounds, [batch(source(2), 0, 3)]), 1));
    const plan = rounds.plan(2);
    assert.ok(plan);
    assert.deepEqual([plan.next.version, plan.next.epoch, plan.next.terms.at(-1)?.writer], [2, 7, "w7"]);
    assert.deepEqual(rounds.refused, []);
    rounds.settle(plan, 42, 3);
    assert.deepEqual([rounds.ledger.totals.sum, rounds.headRevision], [5n, 42]);
    const stored = decodeLedger(entriesAfter(encodeLedger(ledgerWith()), plan));
    assert.deepEqual(plainLedger(stored), plainLedger(rounds.ledger));
  });

  it("adds up all pages again within an hour of rounds, also if nobody counts", () => {
    class RottenTotals extends Totals {
      override addUp(section: number): bigint {
        return super.addUp(section) + (section === this.sectionOf("quiet") ? 1n : 0n);
      }
    }
    const totals = new RottenTotals([["quiet", { regions: new Map([["eu", 0n]]), generation: 0 }]]);
    const rounds = roundsOn({ ...ledgerWith(), totals });
    assert.throws(() => {
      for (let round = 0; round < 3_600; round++) {
        rounds.begin();
        rounds.plan(round);
      }
    }, /the totals of page \d+, section \d+, sum to 1, and it was 0/);
  });

  it("discards answers to other rounds and to other leaders (H36)", () => {
    const rounds = roundsOn();
    rounds.begin();
    const early = answer(rounds, [batch(A, 0, 2)]);
    rounds.begin();
    assert.ok(!rounds.accept("a", early, 1));
    assert.ok(!rounds.accept("a", answer(rounds, [batch(A, 0, 2)], { round: rounds.round + 1 }), 1));
    assert.ok(!rounds.accept("a", answer(rounds, [batch(A, 0, 2)], { epoch: 6 }), 1));
    assert.equal(rounds.plan(2), null);
  });

  it("plans nothing that was answered before the ledger was read again", () => {
    const rounds = roundsOn();
    rounds.begin();
    rounds.accept("a", answer(rounds, [batch(A, 0, 2)]), 1);
    rounds.reload(ledgerWith({ version: 3 }), 50, 1);
    assert.equal(rounds.plan(2), null);
  });

  it("forgets the answers of the round before", () => {
    const rounds = roundsOn();
    rounds.begin();
    rounds.accept("a", answer(rounds, [batch(A, 0, 2)]), 1);
    rounds.begin();
    assert.equal(rounds.plan(2), null);
  });

  it("takes a node's last answer", () => {
    const rounds = roundsOn();
    rounds.begin();
    rounds.accept("a", answer(rounds, [batch(A, 0, 2)]), 1);
    rounds.accept("a", answer(rounds, [batch(A, 0, 3)]), 1);
    assert.equal(rounds.plan(2)?.next.sources.get(A), 3);
  });

  it("counts one batch once, though two nodes bring it (H12)", () => {
    const rounds = roundsOn();
    rounds.begin();
    for (const node of ["a", "b"]) rounds.accept(node, answer(rounds, [batch(A, 0, 2)]), 1);
    assert.equal(rounds.plan(2)?.next.sources.get(A), 2);
    assert.deepEqual(rounds.refused, []);
  });

  it("writes nothing when there is nothing new", () => {
    const rounds = roundsOn(ledgerWith({ sources: new Map([[A, 0]]) }));
    rounds.begin();
    rounds.accept("a", answer(rounds, [batch(A, 0, 0)]), 1);
    assert.equal(rounds.plan(2), null);
  });

  it("that is not settled changes nothing, and can be planned again", () => {
    const rounds = roundsOn(ledgerWith());
    rounds.begin();
    rounds.accept("a", answer(rounds, [batch(A, 0, 2)]), 1);
    const first = rounds.plan(2);
    assert.deepEqual(plainLedger(rounds.ledger), plainLedger(ledgerWith()));
    assert.deepEqual(rounds.plan(3)?.puts, first?.puts);
  });

  it("on a ledger that does not add up plans nothing", () => {
    const rounds = roundsOn(ledgerWith({ sources: new Map([[A, 7]]) }));
    rounds.begin();
    rounds.accept("a", answer(rounds, [batch(A, 7, 8)]), 1);
    assert.throws(() => rounds.plan(2), LedgerMismatch);
  });

  it("refuses a malformed batch alone", () => {
    const rounds = roundsOn();
    rounds.begin();
    rounds.accept("a", answer(rounds, [batch(A, 0, 2, { counts: new Map([["x", 9]]) }), batch(source(2), 0, 1)]), 1);
    assert.deepEqual([...(rounds.plan(2)?.next.sources ?? [])], [[source(2), 1]]);
    assert.deepEqual(
      rounds.refused.map(({ node, verdict, why }) => [node, verdict, why]),
      [["a", "malformed", "hits 0 to 2 are 2, its counts sum to 9"]],
    );
  });

  it("tells the first refused batch of each log, also when it writes nothing", () => {
    const rounds = roundsOn(
      ledgerWith({ sources: new Map([[A, 3]]), totals: new Map([["x", new Map([["eu", 3n]])]]) }),
    );
    rounds.begin();
    const bad = batch(source(2), 0, 2, { counts: new Map([["x", 9]]) });
    rounds.accept("a", answer(rounds, [batch(A, 2, 5), batch(A, 5, 6), bad, batch(source(2), 2, 3)]), 1);
    assert.equal(rounds.plan(2), null);
    assert.deepEqual(
      rounds.refused.map(({ batch, verdict, why }) => [batch.source, verdict, why]),
      [
        [A, "gap", "hits 2 to 5 are offered, the ledger has them up to 3"],
        [source(2), "malformed", "hits 0 to 2 are 2, its counts sum to 9"],
      ],
    );
    rounds.begin();
    assert.equal(rounds.plan(3), null);
    assert.deepEqual(rounds.refused, []);
  });

  it("tells a log of another ledger, and one that may be forgotten, but nothing that is covered", () => {
    const rounds = roundsOn(ledgerWith({ prunedTo: 5, sources: new Map([[A, 0]]) }));
    rounds.begin();
    const foreign = batch(source(2), 0, 1, { firstOffer: { id: source(0xaa), version: 9 } });
    rounds.accept("a", answer(rounds, [foreign, batch(source(3), 0, 1), batch(A, 0, 0)]), 1);
    rounds.plan(2);
    assert.deepEqual(
      rounds.refused.map(({ batch, verdict, why }) => [batch.source, verdict, why]),
      [
        [
          source(2),
          "foreign",
          `the log was first offered to version 9 of ledger ${source(0xaa)}, which is another ledger`,
        ],
        [
          source(3),
          "indeterminate",
          `the log was first offered to version 1 of ledger ${LEDGER_ID}, which has forgotten sources up to version 5`,
        ],
      ],
    );
  });
});

describe("answers that are too much for one transaction", () => {
  const NODES = 200;
  const name = (node: number) => `counter-${node}.`.padEnd(127, "x").concat("0");
  /** More than the ledger should have: it cannot be written at once. */
  const large = () => {
    const totals = Array.from({ length: 10_500 }, (_, i): [string, Map<string, bigint>] => [
      name(i),
      new Map([["eu", 0n]]),
    ]);
    return ledgerWith({ totals: new Map(totals) });
  };

  for (const nodes of [NODES, 1])
    it(`are counted in several rounds, each within the limit, and none is left out forever: ${nodes} answers`, () => {
      const rounds = roundsOn(large());
      const sizes: number[] = [];
      const isLeft = (log: number) => !rounds.ledger.sources.has(source(log));
      for (let i = 1; i <= NODES && rounds.ledger.totals.sum < NODES; i++) {
        rounds.begin();
        for (let node = 0; node < nodes; node++) {
          const logs = Array.from({ length: NODES / nodes }, (_, at) => node + at * nodes).filter(isLeft);
          const batches = logs.map((log) => batch(source(log), 0, 1, { counts: new Map([[name(log), 1]]) }));
          rounds.accept(String(node), answer(rounds, batches), 1);
        }
        const plan = rounds.plan(2);
        if (!plan) continue;
        sizes.push(plan.bytes);
        rounds.settle(plan, 41 + i, 2);
      }
      assert.equal(rounds.ledger.totals.sum, BigInt(NODES));
      assert.ok(sizes.length > 1 && sizes.every((bytes) => bytes <= 1_250_000), `transactions of ${sizes} bytes`);
    });

  it("from regions that are new to every counter take no more than there is room for, be they one answer", () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `site-page-${String(i).padStart(8, "0")}`);
    const totals = new Map(names.map((counter) => [counter, new Map([["eu", 1_000_000n]])]));
    const rounds = roundsOn(ledgerWith({ totals, sources: new Map([[A, 10_000_000_000]]) }));
    rounds.begin();
    const counts = new Map(names.map((counter) => [counter, 1]));
    const logs = Array.from({ length: 9 }, (_, i) =>
      batch(source(i + 2), 0, 10_000, { region: `region-${i}`, counts }),
    );
    rounds.accept("node", answer(rounds, logs), 1);
    const plan = rounds.plan(2);
    assert.ok(plan && plan.bytes <= 1_250_000, `a transaction of ${plan?.bytes} bytes`);
    rounds.settle(plan, 42, 2);
    assert.ok(
      rounds.ledger.totals.bytes <= LIMITS.bytes + 10_000 * ("other".length + 24),
      `${rounds.ledger.totals.bytes} bytes of totals`,
    );
    assert.equal(rounds.ledger.sources.size, 10);
  });
});
