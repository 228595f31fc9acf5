import assert from "node:assert/strict";
import fc from "fast-check";
import { compareNames } from "../../../../internal/adapters/http/page/browser/format.js";

describe("the order of names", () => {
  it("is that of people: numbers by their size, letters whatever their case", () => {
    const names = ["node-10", "C", "node-2", "b", "node-2-a", "node-02", "node", "", "eu-9", "eu-10"];
    const inOrder = ["", "b", "C", "eu-9", "eu-10", "node", "node-02", "node-2", "node-2-a", "node-10"];
    assert.deepEqual(names.sort(compareNames), inOrder);
  });

  const word = fc.string({ unit: fc.constantFrom(..."abcxyz"), minLength: 1, maxLength: 3 });
  const part = fc.oneof(word, fc.nat().map(String), fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String));
  const name = fc.array(part, { maxLength: 4 }).map((parts) => parts.join("-"));

  it("is that of Intl.Collator, which takes more memory", () => {
    const { compare } = new Intl.Collator("en", { numeric: true });
    fc.assert(
      fc.property(name, name, (a, b) => assert.equal(Math.sign(compareNames(a, b)), compare(a, b), `${a}, ${b}`)),
    );
  });

  it("is an order, also with zeros before numbers", () => {
    const zeros = fc.string({ unit: fc.constantFrom(..."01a"), maxLength: 5 });
    fc.assert(
      fc.property(fc.array(zeros, { maxLength: 8 }), (names) => {
        const sorted = names.toSorted(compareNames);
        assert.ok(sorted.every((a, i) => sorted.slice(i).every((b) => compareNames(a, b) <= 0)));
      }),
    );
  });
});
