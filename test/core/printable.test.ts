import assert from "node:assert/strict";
import fc from "fast-check";
import { printable, printableJson } from "../../internal/core/printable.ts";

/** Text of strangers can be shown: a terminal obeys none of it, and JSON keeps its value. */
describe("printable text", () => {
  it("has nothing that a terminal obeys", () => {
    for (const evil of ["\x1b[2J", "\x9b2J", "\x07", "\r", "\t", "\x7f", "\u202e", "\u200b", "\u2028", "\ud800"])
      assert.equal(/[^\P{C}\n]|[\u2028\u2029]/u.test(printable(`a${evil}b`)), false, JSON.stringify(evil));
    assert.equal(printable("a\x1b[31mb"), "a\ufffd[31mb");
  });

  it("keeps line feeds, and letters, signs and pictures of all languages", () => {
    for (const text of ["a\nb", "größer", "計数 · 1,234…", "🎉", ""]) assert.equal(printable(text), text);
  });

  it("is JSON of the same value, in one line", () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: "binary" }), (json, text) => {
        for (const written of [json, JSON.stringify(JSON.parse(json), null, "\t"), JSON.stringify({ [text]: text })]) {
          const line = printableJson(written);
          assert.deepEqual(JSON.parse(line), JSON.parse(written));
          assert.equal(printable(line), line);
          assert.doesNotMatch(line, /\n/);
        }
      }),
    );
  });
});
