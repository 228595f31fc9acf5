import assert from "node:assert/strict";
import fc from "fast-check";
import { wordInHex } from "../../internal/core/hex.ts";

describe("a word in hex digits", () => {
  it("is what Number.parseInt reads, wherever it stands", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{8,40}$/), fc.nat(), (text, place) => {
        const at = place % (text.length - 7);
        assert.equal(wordInHex(text, at), Number.parseInt(text.slice(at, at + 8), 16));
      }),
    );
  });
});
