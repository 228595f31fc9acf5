import assert from "node:assert/strict";
import {
  formatTokens,
  isExpired,
  isFor,
  MAX_TOKENS,
  parseTokens,
  type TokenEntry,
} from "../../../internal/core/access/token_list.ts";

const HASH = "a".repeat(64);
const entry = (change: Partial<TokenEntry> = {}): TokenEntry => ({
  ...{ name: "one", hash: HASH, rights: ["count"], counters: ["blog-*", "visits"], expires: null },
  ...change,
});

/** A list of tokens is right as a whole, or it is refused with all that is wrong. */
describe("token lists", () => {
  it("come back as they were written", () => {
    const tokens = [entry(), entry({ name: "two", hash: "b".repeat(64), expires: "2030-01-02T03:04:05Z" })];
    assert.deepEqual(parseTokens(formatTokens(tokens)), { tokens });
    assert.deepEqual(parseTokens(formatTokens([])), { tokens: [] });
  });

  const wrong: [text: string, ...sentences: RegExp[]][] = [
    ["", /^It is empty\.$/],
    ["{", /^It is not JSON\.$/],
    ["[]", /^It is not an object with a list "tokens"\.$/],
    [listOf({ name: "a b" }), /^Token 1: "name" must be .*, not "a b"\.$/],
    [listOf({ hash: "abc" }), /"hash" must be a SHA-256/],
    [listOf({ rights: [] }), /"rights" must be a list of count, admin, not \[\]\.$/],
    [listOf({ rights: ["root"] }), /not \["root"\]/],
    [listOf({ counters: ["A"] }), /"counters" must be/],
    [listOf({ counters: undefined }), /"counters" must be .*, not missing\.$/],
    [listOf({ expires: "tomorrow" }), /"expires" must be a time such as 2030-12-31T00:00:00Z, not "tomorrow"/],
    [listOf({}, {}), /^Two tokens have the same name: "one"\.$/, /^Two tokens have the same hash/],
    [listOf({ name: "", hash: "" }), /"name"/, /"hash"/],
    [JSON.stringify({ tokens: Array(MAX_TOKENS + 1).fill(entry()) }), /^It has 1001 tokens, and may have 1000\.$/],
    [JSON.stringify({ tokens: [null] }), /"name"/, /"hash"/, /"rights"/, /"counters"/],
  ];
  for (const [text, ...sentences] of wrong)
    it(`refuse ${text.slice(0, 80)}`, () => {
      const list = parseTokens(text);
      assert.ok("problems" in list);
      assert.equal(list.problems.length, sentences.length, list.problems.join("\n"));
      for (const [at, sentence] of sentences.entries()) assert.match(list.problems[at] ?? "", sentence);
    });

  it("know which counters a token is for, and when its time is over", () => {
    assert.deepEqual(
      ["blog-1", "visits", "blog", "visits2"].map((counter) => isFor(entry(), counter)),
      [true, true, false, false],
    );
    const short = entry({ expires: "2026-11-29T12:00:00Z" });
    const noon = Date.UTC(2026, 10, 29, 12);
    assert.deepEqual(
      [isExpired(short, noon - 1), isExpired(short, noon), isExpired(entry(), noon)],
      [false, true, false],
    );
  });
});

function listOf(...changes: object[]): string {
  return JSON.stringify({ tokens: changes.map((change) => ({ ...entry(), ...change })) });
}
