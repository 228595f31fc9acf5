import assert from "node:assert/strict";
import { isKeyId, parseKey, timeOfKey } from "../../../internal/core/keys/idempotency_key.ts";

/** A key is a UUID of version 7, and says when it was made. */
describe("an idempotency key", () => {
  it("is the digits of a UUIDv7, whatever their case", () => {
    const key = parseKey("01932C07-2c5a-7d3c-9a5e-6f1d0c2b4a98");
    assert.equal(key, "01932c072c5a7d3c9a5e6f1d0c2b4a98");
    assert.ok(isKeyId(key));
    assert.equal(timeOfKey(key), 0x01932c072c5a);
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
