import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader, ByteWriter } from "../../../internal/core/ledger/byte_records.ts";
import type { CounterTotal } from "../../../internal/core/ledger/counter_total.ts";
import { UnreadableLedger } from "../../../internal/core/ledger/entry_fields.ts";
import { decodePage, encodePage, pageName, pageNumber } from "../../../internal/core/ledger/pages_encoding.ts";
import { RegionNames } from "../../../internal/core/ledger/region_names.ts";
import {
  decodeRound,
  encodeRound,
  type RoundChange,
  RoundReader,
  roundName,
} from "../../../internal/core/ledger/round_encoding.ts";
import { readTotal } from "../../../internal/core/ledger/total_records.ts";
import { ROUND_WITH_ALL } from "../../fuzz/page_ledger.ts";
import { BYTES } from "../../fuzz/variations.ts";
import { SeededRandom } from "../../simulation/seeded_random.ts";
import { source } from "../samples.ts";

const ROUND = Buffer.from(ROUND_WITH_ALL);

const counter = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?$/);
const region = fc.oneof(fc.stringMatching(/^[A-Za-z0-9._,:+/ -]{1,12}$/), fc.constant("__proto__"));
const total = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const uint48 = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 48 - 1 }));
const regions = fc
  .uniqueArray(fc.tuple(region, total), { selector: ([key]) => key, maxLength: 4 })
  .map((pairs) => new Map(pairs));
const counterTotal: fc.Arbitrary<CounterTotal> = fc.record({ regions, generation: uint48 }, { noNullPrototype: true });
const ended = fc.record({ watermark: uint48, complete: fc.boolean(), version: uint48 }, { noNullPrototype: true });

function mapOf<K, V>(keys: fc.Arbitrary<K>, values: fc.Arbitrary<V>): fc.Arbitrary<Map<K, V>> {
  return fc
    .uniqueArray(fc.tuple(keys, values), { selector: ([key]) => key, maxLength: 8 })
    .map((entries) => new Map(entries));
}

const change: fc.Arbitrary<RoundChange> = fc.record(
  {
    version: fc.nat(Number.MAX_SAFE_INTEGER),
    counters: mapOf(counter, fc.option(counterTotal)),
    ended: mapOf(fc.nat().map(source), fc.option(ended)),
  },
  { noNullPrototype: true },
);

/** Pages and rounds are read as they were written, and damage is refused with the entry's name. */
describe("a page in the store", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(mapOf(counter, counterTotal), fc.nat(), (counters, version) => {
        const page = decodePage(pageName(7), encodePage(version, counters));
        assert.deepEqual([page.version, new Map(page.counters)], [version, counters]);
      }),
    );
  });

  it("can be read by people", () => {
    const counters: [string, CounterTotal][] = [
      ["visits", { regions: new Map([["eu", 42n]]), generation: 0 }],
      ["votes", { regions: new Map([["us", 2n ** 60n]]), generation: 17 }],
    ];
    assert.deepEqual(Buffer.from(encodePage(9, counters)).toString().split("\n"), [
      '{"format":2,"reads":2,"writes":2,"version":9,"sum":"1152921504606847018"}',
      '{"visits":{"eu":"42"},',
      '"votes@17":{"us":"1152921504606846976"}}',
    ]);
  });

  it("is refused if a digit of a total or of its sum changed", () => {
    const bytes = Buffer.from(encodePage(9, [["visits", { regions: new Map([["eu", 42n]]), generation: 0 }]]));
    for (const [text, other] of [
      ['"sum":"42"', '"sum":"43"'],
      ['"eu":"42"', '"eu":"41"'],
    ] as const)
      assert.throws(
        () => decodePage(pageName(3), Buffer.from(bytes.toString().replace(text, other))),
        /"pages\/0003" cannot be read: its totals sum to 4\d, and it says 4\d/,
      );
  });

  it("has a number from 0 to 4095", () => {
    assert.equal(pageNumber(pageName(4_095)), 4_095);
    for (const name of ["pages/4096", "pages/7", "pages/00007", "pages/", "pages/-001", "pages/1e03"])
      assert.throws(() => pageNumber(name), UnreadableLedger);
  });
});

describe("a round in the store", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(change, (written) => {
        const read = decodeRound(roundName(written.version), encodeRound(written));
        assert.deepEqual(
          [read.version, [...read.counters], [...read.ended]],
          [written.version, [...written.counters], [...written.ended]],
        );
      }),
    );
  });

  it("has totals that are copied as they are written, with other numbers of regions", () => {
    fc.assert(
      fc.property(change, (written) => {
        const round = new RoundReader(roundName(written.version), encodeRound(written));
        const [records, regions] = [new ByteWriter(), new RegionNames()];
        regions.numberOf("another");
        for (const place of round.counters.keys()) round.copyTotal(place, records, regions);
        const reader = new ByteReader("copies", records.bytes);
        const copied = round.counters.map((counter) => [counter, readTotal(reader, regions.names)]);
        assert.deepEqual(copied, [...written.counters]);
        reader.finish();
      }),
    );
  });

  it("is refused before any of its totals is read, wherever it is damaged", () => {
    let refused = 0;
    for (let seed = 1; seed <= 20_000; seed++) {
      const random = new SeededRandom(seed);
      const round = roundOrNull(random.pick(BYTES)(random, ROUND, ROUND));
      if (round === null) refused++;
      else for (const place of round.counters.keys()) assert.ok(isTotal(round.total(place)), `seed ${seed}`);
    }
    assert.ok(refused > 5_000, `${refused} refused`);
  });

  const deleted: RoundChange = {
    version: 5,
    counters: new Map([["visits", { regions: new Map([["eu", 300n]]), generation: 5 }]]),
    ended: new Map(),
    hours: new Map([[480_000, new Map([["visits", 7]])]]),
    cuts: new Map([["visits", { version: 4, day: 20_000 }]]),
  };

  it("has hours, and the deletions that they come after", () => {
    const { hours, cuts } = decodeRound(roundName(5), encodeRound(deleted));
    assert.deepEqual([hours, cuts], [deleted.hours, deleted.cuts]);
  });

  it("is refused if a deletion is later than the round, or of no version, or on no day", () => {
    for (const cut of [
      { version: 6, day: 20_000 },
      { version: 0, day: 20_000 },
      { version: 4, day: 2 ** 40 },
    ])
      assert.throws(
        () => decodeRound(roundName(5), encodeRound({ ...deleted, cuts: new Map([["visits", cut]]) })),
        /it has a deletion in version \d on day \d+, which cannot be/,
      );
    const bytes = encodeRound(deleted);
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => decodeRound(roundName(5), bytes.subarray(0, length)), UnreadableLedger);
  });

  it("has a name that sorts as its version", () => {
    const versions = [1, 9, 10, 99, 100, 2 ** 40, Number.MAX_SAFE_INTEGER];
    assert.deepEqual(versions.map(roundName).sort(), versions.map(roundName));
  });

  it("is refused wherever it is cut short, and if anything follows", () => {
    const written: RoundChange = {
      version: 5,
      counters: new Map([["visits", { regions: new Map([["eu", 300n]]), generation: 5 }]]),
      ended: new Map([[source(1), { watermark: 300, complete: true, version: 5 }]]),
    };
    const bytes = encodeRound(written);
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => decodeRound(roundName(5), bytes.subarray(0, length)), UnreadableLedger);
    assert.throws(() => decodeRound(roundName(5), Buffer.concat([bytes, Buffer.alloc(1)])), /1 bytes follow its last/);
    assert.throws(() => decodeRound(roundName(6), bytes), /it says that it is version 5/);
  });

  it("takes 30 bytes for a counter of 24 characters", () => {
    const counters = Array.from({ length: 1_000 }, (_, i): [string, CounterTotal] => [
      `counter-${i}`.padEnd(24, "x"),
      { regions: new Map([["eu", 42n]]), generation: 5 },
    ]);
    const { length } = encodeRound({ version: 5, counters: new Map(counters), ended: new Map() });
    assert.ok(length < 30_000, `${length} bytes`);
  });
});

/** A damaged round of version 2; null: it is refused. */
function roundOrNull(bytes: Buffer): RoundReader | null {
  try {
    return new RoundReader(roundName(2), bytes);
  } catch (error) {
    assert.ok(error instanceof UnreadableLedger && error.message.includes(roundName(2)), String(error));
    return null;
  }
}

function isTotal(total: CounterTotal | null): boolean {
  return total === null || [...total.regions].every(([region, sum]) => region !== undefined && sum < 2n ** 64n);
}
