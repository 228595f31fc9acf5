import assert from "node:assert/strict";
import fc from "fast-check";
import { KeptDays } from "../../../internal/core/days/kept_days.ts";
import { KeptKeys } from "../../../internal/core/keys/kept_keys.ts";
import { NO_AUDIT } from "../../../internal/core/ledger/audit_state.ts";
import { UnreadableLedger } from "../../../internal/core/ledger/entry_fields.ts";
import { HEAD } from "../../../internal/core/ledger/head_encoding.ts";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { ENDED, encodeLedger } from "../../../internal/core/ledger/ledger_encoding.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { KeptMarks } from "../../../internal/core/marks/kept_marks.ts";
import { ledgerWith, plainLedger, source, type TotalsByRegion } from "../samples.ts";

const offset = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 48 - 1 }));
const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, "0"));
const total = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const region = fc.oneof(fc.stringMatching(/^[A-Za-z0-9._,:+/ -]{1,12}$/), fc.constant("__proto__"));
const counter = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?$/);
const ended = plain({ watermark: offset, complete: fc.boolean(), version: offset });

const anyLedger: fc.Arbitrary<Ledger> = plain<Omit<Ledger, "totals"> & { totals: TotalsByRegion }>({
  id,
  version: fc.nat(),
  epoch: fc.nat(),
  prunedSum: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  prunedTo: fc.nat(),
  adjustedSum: fc.constant(0n),
  audit: fc.constant(NO_AUDIT),
  links: fc.constant(new Map()),
  linksVersion: fc.constant(0),
  adoptions: fc.array(plain({ ledger: id, next: id, version: fc.nat(), clean: fc.boolean() }), { maxLength: 3 }),
  terms: fc.array(plain({ writer: id, from: fc.nat() }), { maxLength: 3 }),
  totals: mapOf(counter, mapOf(region, total, 1)),
  layout: fc.constant(null),
  sources: mapOf(id, offset),
  ended: mapOf(id, ended),
  keyedSum: fc.constant(0n),
  keysForgottenTo: fc.constant(0),
  keys: fc.constant(new KeptKeys()),
  keyEntries: fc.constant(0),
  visitorsForgottenTo: fc.constant(0),
  marks: fc.constant(new KeptMarks()),
  marksKept: fc.constant(0),
  days: fc.constant(new KeptDays(() => 0)),
  daysFrom: fc.constant(0),
})
  .filter(({ sources, ended }) => ![...ended.keys()].some((source) => sources.has(source)))
  .map(ledgerWith);

/** A ledger is read from the store as it was written. Damage is refused with the name of the damaged entry. */
describe("a ledger in the store", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(anyLedger, (ledger) => {
        assert.deepEqual(plainLedger(decodeLedger(encodeLedger(ledger))), plainLedger(ledger));
      }),
    );
  });

  it("keeps the order in which sources ended", () => {
    const ended = new Map([3, 1, 2].map((n) => [source(n), { watermark: n, complete: true, version: n }]));
    const read = decodeLedger(encodeLedger(ledgerWith({ ended })));
    assert.deepEqual([...(read?.ended.keys() ?? [])], [source(3), source(1), source(2)]);
  });

  it("does not care in what order its entries are read, nor what else lies there", () => {
    fc.assert(
      fc.property(anyLedger, (ledger) => {
        const entries = [...encodeLedger(ledger), ["lost", new Uint8Array(3)] as const].reverse();
        assert.deepEqual(plainLedger(decodeLedger(new Map(entries))), plainLedger(ledger));
      }),
    );
  });

  it("is read from a view into a larger buffer, as adapters return it", () => {
    const ledger = ledgerWith({ sources: new Map([[source(2), 2 ** 47]]) });
    const entries = [...encodeLedger(ledger)].map(([name, value]): [string, Uint8Array] => {
      const larger = new Uint8Array(value.length + 7);
      larger.set(value, 5);
      return [name, larger.subarray(5, 5 + value.length)];
    });
    assert.deepEqual(plainLedger(decodeLedger(new Map(entries))), plainLedger(ledger));
  });

  it("takes 14 bytes a source in its head, so that a thousand nodes cost 14 kB a round", () => {
    const empty = encodeLedger(ledgerWith()).get(HEAD)?.length ?? 0;
    const sources = new Map(Array.from({ length: 1_000 }, (_, i) => [source(i), 2 ** 40]));
    assert.equal((encodeLedger(ledgerWith({ sources })).get(HEAD)?.length ?? 0) - empty, 14_000);
  });

  it("is read as the release 0.1.0 writes it, which does not say who may read it", () => {
    const ledger = ledgerWith({ sources: new Map([[source(2), 0]]) });
    const entries = [...encodeLedger(ledger)].map(([name, value]): [string, Uint8Array] => {
      const text = Buffer.from(value)
        .toString("latin1")
        .replace('"reads":1,"writes":1,', "")
        .replace(',"reads":1,"writes":1', "");
      return [name, Buffer.from(text, "latin1")];
    });
    assert.ok(!entries.some(([, value]) => Buffer.from(value).includes("reads")));
    assert.deepEqual(plainLedger(decodeLedger(new Map(entries))), plainLedger(ledger));
  });

  it("is not there when its head is not", () => {
    assert.equal(decodeLedger(new Map()), null);
    assert.equal(decodeLedger(new Map([[ENDED, new Uint8Array(4)]])), null);
  });
});

describe("a ledger that cannot be read", () => {
  const ledger = ledgerWith({
    totals: new Map([["visits", new Map([["eu", 5n]])]]),
    sources: new Map([[source(1), 5]]),
    ended: new Map([[source(2), { watermark: 0, complete: true, version: 1 }]]),
  });
  const text = (words: string) => new TextEncoder().encode(words);
  const bucket = [...encodeLedger(ledger).keys()].find((name) => name.startsWith("totals/")) as string;
  const cut = (entry: string, bytes: number) => encodeLedger(ledger).get(entry)?.slice(0, -bytes) as Uint8Array;
  const bytesOf = (entry: string) => encodeLedger(ledger).get(entry) as Uint8Array;
  const twice = (entry: string, bytes: number) => Buffer.concat([bytesOf(entry), bytesOf(entry).slice(-bytes)]);
  const withByte = (entry: string, at: number, byte: number) => bytesOf(entry).with(at, byte);
  const endedToo = withByte(ENDED, -14, 1);
  const withField = (field: string, value: unknown) => {
    const [line = "", rest = ""] = Buffer.from(bytesOf(HEAD)).toString("latin1").split("\n");
    return Buffer.from(`${JSON.stringify({ ...JSON.parse(line), [field]: value })}\n${rest}`, "latin1");
  };
  const damages: [name: string, entry: string, value: Uint8Array, message: RegExp][] = [
    ["another format", HEAD, text('{"format":3}\n'), /"head" cannot be read: it has format 3, .* upgrade the program/],
    [
      "a format that only newer programs may write",
      HEAD,
      withField("writes", 4),
      /it has format 4, .* upgrade the program/,
    ],
    ["a format that only newer programs may read", ENDED, text('{"format":1,"reads":3}\n'), /"gone" .* has format 3/],
    ["a format that is none", HEAD, withField("format", 0), /"head" cannot be read: it has format 0, which is none/],
    ["no format", HEAD, text("{}\n"), /"head" cannot be read: it has format undefined/],
    ["no line", HEAD, text("hello"), /"head" cannot be read: it has no first line/],
    ["nothing in it", HEAD, new Uint8Array(), /"head" cannot be read: it has no first line/],
    ["no JSON", HEAD, text("hello\n"), /"head" cannot be read: it is not JSON/],
    ["half a source", HEAD, cut(HEAD, 1), /"head" cannot be read: 13 bytes are not a multiple of 14/],
    ["half an ended source", ENDED, cut(ENDED, 2), /"gone" cannot be read: 19 bytes are not a multiple of 21/],
    ["no line in ended", ENDED, text("{}"), /"gone" cannot be read: it has no first line/],
    ["a source that is in it twice", HEAD, twice(HEAD, 14), /"head" cannot be read: source 0+1 stands in it twice/],
    ["a source that ended twice", ENDED, twice(ENDED, 21), /"gone" cannot be read: source 0+2 stands in it twice/],
    ["a source that ended and goes on", ENDED, endedToo, /"gone" cannot be read: source 0+1 ended, and is in "head"/],
    ["a flag that is neither", ENDED, withByte(ENDED, -1, 7), /"gone" cannot be read: byte 7 says neither/],
    ["a broken version", HEAD, withField("version", 1.5), /"head" .*: its version must be a whole number .*, not 1.5/],
    ["no terms", HEAD, withField("terms", undefined), /"head" cannot be read: its terms must be a list, not nothing/],
    ["a term of nobody", HEAD, withField("terms", [{ from: 1 }]), /"head" .*: its writer must be an id, not nothing/],
    ["an adoption that is none", HEAD, withField("adoptions", [7]), /"head" cannot be read: 7 is not an object/],
    ["a sum with a point", HEAD, withField("prunedSum", "1.5"), /its prunedSum must be a whole number as decimal text/],
    ["a total with a point", bucket, text('{"visits":{"eu":"1.5"}}'), /its eu must be a total .*, not "1.5"/],
    ["a total below zero", bucket, text('{"visits":{"eu":"-1"}}'), /its eu must be a total .*, not "-1"/],
    ["a total that no peer can be sent", bucket, text(`{"visits":{"eu":"${2n ** 64n}"}}`), /its eu must be a total/],
    ["a total that is no text", bucket, text('{"visits":{"eu":5}}'), /its eu must be a total .*, not 5/],
    ["no regions", bucket, text('{"visits":null}'), /"totals\/\d\d" cannot be read: null is not an object/],
    ["a name that is none", bucket, text('{"Visits!":{"eu":"5"}}'), /it names "Visits!", which cannot stand here/],
    [
      "a counter in another's bucket",
      bucket,
      text('{"votes":{"eu":"5"}}'),
      /it names "votes", which cannot stand here/,
    ],
    ["a region that no peer takes", bucket, text('{"visits":{"":"5"}}'), /it names "", which cannot stand here/],
    ["a bucket that is a list", bucket, text("[]"), /"totals\/\d\d" cannot be read: \[\] is not an object/],
    [
      "bytes that are no text",
      bucket,
      new Uint8Array([0x22, 0xff, 0x22]),
      /"totals\/\d\d" cannot be read: it is not JSON/,
    ],
    ["a bucket too many", "totals/64", text('{"visits":{"eu":"5"}}'), /"totals\/64" cannot be read: it names "visits"/],
    ["half a bucket", bucket, cut(bucket, 1), /"totals\/\d\d" cannot be read: it is not JSON/],
  ];
  for (const [name, entry, value, message] of damages)
    it(`because of ${name}, is refused with the entry's name`, () => {
      const entries = new Map([...encodeLedger(ledger), [entry, value]]);
      assert.throws(
        () => decodeLedger(entries),
        (error) => error instanceof UnreadableLedger && message.test(error.message),
      );
    });
});

function plain<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

function mapOf<K, V>(keys: fc.Arbitrary<K>, values: fc.Arbitrary<V>, minLength = 0): fc.Arbitrary<Map<K, V>> {
  return fc
    .uniqueArray(fc.tuple(keys, values), { selector: ([key]) => key, minLength, maxLength: 6 })
    .map((entries) => new Map(entries));
}
