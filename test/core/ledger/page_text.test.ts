import assert from "node:assert/strict";
import type { CounterTotal } from "../../../internal/core/ledger/counter_total.ts";
import { UnreadableLedger } from "../../../internal/core/ledger/entry_fields.ts";
import { countersInText } from "../../../internal/core/ledger/page_text.ts";
import { decodePage, encodePage, pageName } from "../../../internal/core/ledger/pages_encoding.ts";
import { BYTES, REST_JSON } from "../../fuzz/variations.ts";
import { SeededRandom } from "../../simulation/seeded_random.ts";

const COUNTERS: [string, CounterTotal][] = [
  ["visits", { regions: new Map([["eu", 42n]]), generation: 0 }],
  [
    "blog.example/posts/1",
    {
      regions: new Map([
        ["us west: 2", 2n ** 64n - 1n],
        ["eu", 0n],
      ]),
      generation: 2 ** 48 - 1,
    },
  ],
  ["empty", { regions: new Map(), generation: 17 }],
];
const NAME = pageName(7);
const PAGE = Buffer.from(encodePage(3, COUNTERS));
const TEXT = PAGE.subarray(PAGE.indexOf(0x0a) + 1).toString();

/** A page that is written as this program does is read without `JSON.parse`, and what is read is what JSON says. */
describe("the text of a page", () => {
  it("is read as it was written", () => {
    assert.deepEqual(countersInText(TEXT), COUNTERS);
    assert.deepEqual(countersInText("{}"), []);
  });

  it("means what JSON says, whatever the damage", () => {
    let read = 0;
    for (let seed = 1; seed <= 20_000; seed++) {
      const random = new SeededRandom(seed);
      const text = damaged(random);
      const counters = countersInText(text);
      if (counters === null || new Set(counters.map(([counter]) => counter)).size < counters.length) continue;
      read++;
      assert.deepEqual(plain(counters), JSON.parse(text, withoutZeros), `seed ${seed}: ${text}`);
    }
    assert.ok(read > 500, `only ${read} damaged texts were read`);
  });

  it("leaves a region that stands twice to JSON, which keeps the last", () => {
    assert.equal(countersInText(TEXT.replace('"eu":"42"', '"eu":"41","eu":"42"')), null);
  });

  for (const [what, other] of [
    ["with spaces", JSON.stringify(JSON.parse(TEXT), null, 2)],
    ["with escaped characters", TEXT.replace("visits", "\\u0076isits")],
  ] as const)
    it(`is read as JSON if another program wrote it ${what}`, () => {
      assert.equal(countersInText(other), null);
      assert.deepEqual(decodePage(NAME, withText(other)).counters, COUNTERS);
    });

  for (const [what, text, other, why] of [
    ["a total of 2^64", "18446744073709551615", "18446744073709551616", /its us west: 2 must be a total below 2\^64/],
    ["a total that is no number", '"42"', '"4x"', /its eu must be a total/],
    ["a total that is not text", '"42"', "42", /its eu must be a total/],
    ["a total below 0", '"42"', '"-2"', /its eu must be a total/],
    ["a region that is none", '"us west: 2"', '"us;west"', /it names "us;west"/],
    ["a counter that is none", '"visits"', '"Visits"', /it names "Visits"/],
    [
      "a generation of 2^48",
      "@281474976710655",
      "@281474976710656",
      /it names "blog.example\/posts\/1@281474976710656"/,
    ],
    ["a generation 0", "empty@17", "empty@0", /it names "empty@0"/],
    ["more than one generation", "empty@17", "empty@17@1", /it names "empty@17@1"/],
    ["anything behind it", "}}", "}},", /it is not JSON/],
  ] as const)
    it(`is refused with ${what}, and the error names the entry`, () => {
      assert.ok(TEXT.includes(text));
      assert.throws(
        () => decodePage(NAME, withText(TEXT.replace(text, other))),
        (error) => error instanceof UnreadableLedger && error.message.includes(NAME) && why.test(error.message),
      );
    });
});

function damaged(random: SeededRandom): string {
  const page = random.pick([...BYTES, ...REST_JSON])(random, PAGE, PAGE);
  return page.subarray(page.indexOf(0x0a) + 1).toString();
}

function withText(text: string): Buffer {
  return Buffer.concat([PAGE.subarray(0, PAGE.indexOf(0x0a) + 1), Buffer.from(text)]);
}

/** A total may begin with zeros. */
function withoutZeros(_: string, value: unknown): unknown {
  return typeof value === "string" ? String(BigInt(value)) : value;
}

/** As a page's JSON has them. */
function plain(counters: readonly (readonly [string, CounterTotal])[]) {
  return Object.fromEntries(
    counters.map(([counter, { regions, generation }]) => [
      counter + (generation === 0 ? "" : `@${generation}`),
      Object.fromEntries([...regions].map(([region, total]) => [region, String(total)])),
    ]),
  );
}
