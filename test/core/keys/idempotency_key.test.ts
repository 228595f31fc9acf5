import assert from "node:assert/strict";
import fc from "fast-check";
import { areKeyBytes, isKeyId, parseKey, timeOfKey } from "../../../internal/core/keys/idempotency_key.ts";

/** A key is a UUID of version 7, and says when it was made. */
describe("an idempotency key", () => {
  it("is the digits of a UUIDv7, whatever their case", () => {
    const key = parseKey("01932C07-2c5a-7d3c-9a5e-6f1d0c2b4a98");
    assert.equal(key, "01932c072c5a7d3c9a5e6f1d0c2b4a98");
    assert.ok(isKeyId(key));
    assert.equal(timeOfKey(key), 0x01932c072c5a);
  });

  it("has bytes that are told apart from others as its digits are", () => {
    const nearly = fc.uint8Array({ minLength: 15, maxLength: 17 });
    const some = fc.tuple(nearly, fc.constantFrom(6, 7, 8), fc.constantFrom(1, 2, 3));
    fc.assert(
      fc.property(some, ([bytes, version, variant]) => {
        bytes[6] = (version << 4) | ((bytes[6] as number) & 0x0f);
        bytes[8] = (variant << 6) | ((bytes[8] as number) & 0x3f);
        assert.equal(areKeyBytes(bytes), isKeyId(Buffer.from(bytes).toString("hex")));
      }),
      { examples: [[[new Uint8Array(16), 7, 2]]] },
    );
    assert.equal(areKeyBytes(new Uint8Array()), false);
  });

  for (const text of [
    "",
    "01932c072c5a7d3c9a5e6f1d0c2b4a98",
    "01932c07-2c5a-4d3c-9a5e-6f1d0c2b4a98",
    "01932c07-2c5a-7d3c-ca5e-6f1d0c2b4a98",
    "01932c07-2c5a-7d3c-9a5e-6f1d0c2b4a9",
    "01932c07-2c5a-7d3c-9a5e-6f1d0c2b4a98 ",
    "{01932c07-2c5a-7d3c-9a5e-6f1d0c2b4a98}",
    "01932c07-2c5a-7d3c-9a5e-6f1d0c2b4a9g",
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseKey(text), null));
});
