import assert from "node:assert/strict";
import fc from "fast-check";
import { KnownTexts } from "../../../internal/adapters/grpc/known_texts.ts";

/** Whatever was read before, a text is what its bytes say. */
describe("texts that are known", () => {
  const text = fc.oneof(fc.stringMatching(/^[a-c]{0,3}$/), fc.string({ unit: "binary", maxLength: 80 }));

  it("are what Node reads of their bytes", () => {
    const known = new KnownTexts();
    fc.assert(
      fc.property(fc.array(text, { maxLength: 50 }), fc.uint8Array({ maxLength: 70 }), (texts, odd) => {
        for (const bytes of [...texts.map((each) => Buffer.from(each)), Buffer.from(odd)]) {
          const around = Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")]);
          assert.equal(known.read(around, 6, 6 + bytes.length), bytes.toString());
        }
      }),
    );
  });

  it("are right where two fall into one slot", () => {
    const known = new KnownTexts();
    for (let round = 0; round < 2; round++)
      for (let number = 0; number < 20_000; number++) {
        const name = `counter-${number}`;
        assert.equal(known.read(Buffer.from(name), 0, name.length), name);
      }
  });

  it("are told apart from others of the same length, and from a byte that is no ASCII", () => {
    const known = new KnownTexts();
    const read = (...bytes: number[]) => known.read(Buffer.from(bytes), 0, bytes.length);
    assert.equal(read(), "");
    assert.equal(read(0xe9), "\ufffd");
    assert.equal(read(0xe9), "\ufffd");
    assert.equal(read(0xc3, 0xa9), "é");
    assert.equal(read(0xc3, 0xa9), "é");
  });
});
