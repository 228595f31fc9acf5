import assert from "node:assert/strict";
import fc from "fast-check";
import { isTokenText, TOKEN_BYTES, tokenText } from "../../../internal/core/access/token_text.ts";

const secret = fc.uint8Array({ minLength: TOKEN_BYTES, maxLength: TOKEN_BYTES });

/** A token is gc_, 32 bytes in base62, and a checksum that finds typing mistakes. */
describe("token texts", () => {
  it("have one form, and differ as their secrets differ", () => {
    const property = fc.property(secret, secret, (one, other) => {
      assert.match(tokenText(one), /^gc_[0-9A-Za-z]{49}$/);
      assert.ok(isTokenText(tokenText(one)));
      assert.equal(tokenText(one) === tokenText(other), Buffer.from(one).equals(other));
    });
    fc.assert(property);
  });

  it("say where a character is wrong, missing or added", () => {
    const property = fc.property(secret, fc.nat(51), fc.constantFrom("a", "Z", "0", "-"), (bytes, at, wrong) => {
      const text = tokenText(bytes);
      const changed = text.slice(0, at) + wrong + text.slice(at + 1);
      assert.equal(isTokenText(changed), changed === text);
      assert.ok(!isTokenText(text.slice(0, -1)) && !isTokenText(`${text}0`) && !isTokenText(` ${text}`));
    });
    fc.assert(property);
  });

  it("stay the same for the same secret", () => {
    assert.equal(tokenText(new Uint8Array(TOKEN_BYTES)), "gc_00000000000000000000000000000000000000000001sftEl");
    assert.throws(() => tokenText(new Uint8Array(31)), RangeError);
  });
});
