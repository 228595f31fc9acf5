import assert from "node:assert/strict";
import type { KeyedHit } from "../../../internal/core/keys/keyed_hit.ts";
import { UnreadableLedger } from "../../../internal/core/ledger/entry_fields.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { Rounds } from "../../../internal/core/ledger/rounds.ts";
import { conversionOf } from "../../../internal/core/ledger/transaction.ts";
import type { Batch } from "../../../internal/core/log/batch.ts";
import { entriesAfter } from "../../ports/store/entries.ts";
import { keyAt } from "../keys/keys.ts";
import { batch, LEDGER_ID, ledgerWith, source } from "../samples.ts";

const NOW_MS = 1_000_000_000;
const TERMS = { window: 900_000, budget: 1_000_000, wall: NOW_MS, node: "a" };
const LIMITS = { bytes: 1 << 20 };
const RETENTION = { silence: 3_600_000, afterEnd: 3_600_000, ended: 10 };
const LIFE = source(77);

/** What one round does with keyed hits, and what lies in the store afterwards. */
describe("a round with keyed hits", () => {
  it("writes the keys with the hits, and reads them back", () => {
    const { rounds, entries } = begun();
    const { written, verdicts } = round(rounds, entries, { a: [hit(1, 5)], b: [hit(1, 5), hit(2, 6)] });
    assert.deepEqual(
      [...(verdicts.get("b")?.verdicts ?? [])],
      [
        [1, "counted"],
        [2, "counted"],
      ],
    );
    assert.deepEqual([...(verdicts.get("a")?.verdicts ?? [])], [[1, "duplicate"]]);
    const ledger = decodeLedger(written);
    assert.equal(ledger?.keyedSum, 2n);
    assert.equal(ledger?.keys.size, 2);
    assert.equal(ledger?.keysForgottenTo, NOW_MS - TERMS.window);
  });

  it("is not read without one of its entries of keys", () => {
    const { rounds, entries } = begun();
    const { written } = round(rounds, entries, { a: [hit(1, 5)] });
    const name = [...written.keys()].find((name) => name.startsWith("keys/")) as string;
    const lacking = new Map(written);
    lacking.delete(name);
    assert.throws(() => decodeLedger(lacking), UnreadableLedger);
  });

  const damages: [string, (entry: Uint8Array) => Uint8Array][] = [
    ["cut short", (entry) => entry.subarray(0, entry.length - 1)],
    ["without a key", (entry) => entry.subarray(0, entry.indexOf(0x0a) + 1)],
    ["of another version of UUID", (entry) => altered(entry, 6, 0x40)],
    ["with one key twice", (entry) => Buffer.concat([entry, entry.subarray(entry.indexOf(0x0a) + 1)])],
    [
      "of a newer format",
      (entry) => Buffer.concat([Buffer.from('{"format":9}\n'), entry.subarray(entry.indexOf(0x0a) + 1)]),
    ],
  ];
  for (const [what, damage] of damages)
    it(`is not read with an entry of keys ${what}`, () => {
      const { rounds, entries } = begun();
      const { written } = round(rounds, entries, { a: [hit(1, 5)] });
      const name = [...written.keys()].find((name) => name.startsWith("keys/")) as string;
      const damaged = new Map([...written, [name, damage(written.get(name) as Uint8Array)]]);
      assert.throws(
        () => decodeLedger(damaged),
        (error) => error instanceof UnreadableLedger && error.message.includes("keys/"),
      );
    });

  it("writes at most 20 kB and a line for 1,000 keys", () => {
    const { rounds, entries } = begun();
    const { written } = round(rounds, entries, { a: Array.from({ length: 1_000 }, (_, n) => hit(n, n)) });
    const [, entry] = [...written].find(([name]) => name.startsWith("keys/")) as [string, Uint8Array];
    assert.ok(entry.length <= 20_100, `${entry.length} bytes`);
  });

  it("have an eighth of the transaction when batches could fill it (H106)", () => {
    const { rounds, entries } = begun();
    const batches = Array.from({ length: 30 }, (_, n) => largeBatch(n));
    const plan = round(rounds, entries, { z: Array.from({ length: 10_000 }, (_, n) => hit(n, n)) }, batches);
    assert.ok((plan.verdicts.get("z")?.verdicts.size ?? 0) >= 7_000, "too few keyed hits");
    assert.ok(plan.bytes <= 1_250_000, `${plan.bytes} bytes`);
    assert.ok(plan.sources > 0, "no batch was counted");
  });

  it("have half of it at most", () => {
    const { rounds, entries } = begun();
    const hits = (node: number) => Array.from({ length: 10_000 }, (_, n) => hit(n, n + 10_000 * node));
    const plan = round(rounds, entries, { a: hits(0), b: hits(1), c: hits(2), d: hits(3), e: hits(4) });
    const judged = [...plan.verdicts.values()].reduce((sum, { verdicts }) => sum + verdicts.size, 0);
    assert.ok(judged > 25_000 && judged < 32_000, `${judged} keyed hits`);
    assert.ok(plan.bytes <= 1_250_000, `${plan.bytes} bytes`);
  });
});

function begun() {
  const entries = entriesAfter(new Map(), conversionOf(ledgerWith(), "00000000000000aa"));
  const ledger = decodeLedger(entries);
  assert.ok(ledger);
  return { rounds: new Rounds({ epoch: 1, writer: "w1" }, ledger, 1, LIMITS, RETENTION, 0), entries };
}

function round(
  rounds: Rounds,
  entries: ReadonlyMap<string, Uint8Array>,
  hits: Readonly<Record<string, readonly KeyedHit[]>>,
  batches: readonly Batch[] = [],
) {
  const number = rounds.begin();
  const reply = { epoch: 1, round: number, sources: [] };
  for (const [at, one] of batches.entries()) rounds.accept(`batches-${at}`, { ...reply, batches: [one] }, 0);
  for (const [node, keyed] of Object.entries(hits))
    rounds.accept(node, { ...reply, batches: [], keyed: { life: LIFE, region: "eu", hits: keyed }, clock: NOW_MS }, 0);
  const plan = rounds.plan(1, { keyed: TERMS });
  assert.ok(plan);
  const { verdicts } = rounds;
  const written = entriesAfter(new Map(entries), plan);
  return { written, verdicts, bytes: plan.bytes, sources: plan.next.sources.size };
}

function hit(number: number, key: number): KeyedHit {
  return { number, key: keyAt(NOW_MS, key), counter: "orders", by: 1 };
}

/** 4,000 counters of its own. */
function largeBatch(n: number): Batch {
  const counts = new Map(Array.from({ length: 4_000 }, (_, at) => [`counter-of-some-length-${n}-${at}`, 1]));
  return batch(source(n + 1), 0, 4_000, { counts, firstOffer: { id: LEDGER_ID, version: 1 } });
}

function altered(entry: Uint8Array, byte: number, value: number): Uint8Array {
  const copy = Uint8Array.from(entry);
  copy[entry.indexOf(0x0a) + 1 + byte] = value;
  return copy;
}
