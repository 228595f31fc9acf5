import assert from "node:assert/strict";
import fc from "fast-check";
import { fnv1a32, fnv1a32In, fnv1a64 } from "../../internal/core/hash.ts";
import { isCounterName, isHitCount } from "../../internal/core/names.ts";

/** A counter name is 1 to 128 characters of a-z, 0-9 and marks between them. A number of hits is a positive integer. */
describe("a counter name", () => {
  for (const name of [
    "visits",
    "a",
    "0",
    "a.b-c_d",
    "9lives",
    "a".repeat(128),
    "a..b",
    "a/b",
    "blog.example/posts/1",
    "a/_visits",
  ])
    it(`may be ${name.slice(0, 20)} (${name.length})`, () => assert.ok(isCounterName(name)));
  const refused = [
    "",
    "A",
    ".a",
    "a.",
    "-a",
    "a-",
    "_a",
    "a_",
    "a b",
    "/a",
    "a/",
    "a//b",
    "a/-",
    "a/.",
    "a/__b",
    "a/_",
    "_a/b",
    "a/../b",
    `${"a/".repeat(64)}b`,
    "ä",
    "a\n",
    "\na",
    "a".repeat(129),
    "a%2e",
  ];
  for (const name of refused)
    it(`may not be ${JSON.stringify(name.slice(0, 20))} (${name.length})`, () => assert.ok(!isCounterName(name)));

  it("has parts that begin and end with a letter or a digit, or with one _ if they are not the first", () => {
    const isPart = (part: string) => /^[a-z0-9._-]+$/.test(part) && /^[a-z0-9]/.test(part) && /[a-z0-9]$/.test(part);
    const character = fc.constantFrom("a", "0", "a", ".", "_", "-", "/", "A", "\n");
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 9 }), (name) => {
        const [first = "", ...others] = name.split("/");
        assert.equal(isCounterName(name), isPart(first) && others.every((part) => isPart(part.replace(/^_/, ""))));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a number of hits", () => {
  for (const by of [1, 2, 1_000_000]) it(`may be ${by}`, () => assert.ok(isHitCount(by)));
  for (const by of [0, -1, 1.5, 1_000_001, Number.POSITIVE_INFINITY, Number.NaN, "1", null, undefined, 1n, [1]])
    it(`may not be ${typeof by} ${String(by)}`, () => assert.ok(!isHitCount(by)));
});

/** Vectors from http://www.isthe.com/chongo/src/fnv/test_fnv.c */
describe("FNV-1a", () => {
  const vectors: [text: string, short: number, long: bigint][] = [
    ["", 0x811c9dc5, 0xcbf29ce484222325n],
    ["a", 0xe40c292c, 0xaf63dc4c8601ec8cn],
    ["foobar", 0xbf9cf968, 0x85944171f73967e8n],
  ];
  for (const [text, short, long] of vectors)
    it(`of "${text}" is what its authors say`, () => {
      assert.equal(fnv1a32(text), short);
      assert.equal(fnv1a64(text), long);
      assert.equal(fnv1a32In(Buffer.from(`-${text}-`), 1, 1 + text.length), short);
    });
});
