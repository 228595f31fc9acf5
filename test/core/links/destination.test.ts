import assert from "node:assert/strict";
import fc from "fast-check";
import { destinationOf, isDestination, MAX_DESTINATION_LENGTH } from "../../../internal/core/links/destination.ts";

/** Where a link may lead: only to addresses of the web, written as browsers write them. */
describe("the destination of a link", () => {
  it("is written as browsers write it", () => {
    const written = [
      ["https://example.org", "https://example.org/"],
      ["HTTP://EXAMPLE.ORG:80/a/../b c?d=e f#g", "http://example.org/b%20c?d=e%20f#g"],
      ["https://bücher.example/über", "https://xn--bcher-kva.example/%C3%BCber"],
      ["https:example.org\n/a", "https://example.org/a"],
    ] as const;
    for (const [text, href] of written) assert.equal(destinationOf(text), href);
  });

  it("has no other scheme, no user and no password", () => {
    const refused = [
      ...["javascript:alert(1)", "data:text/html,a", "file:///etc/passwd", "ftp://example.org/", "//example.org/"],
      ...["/go/a", "", "example.org", "https://", "https://a:b@example.org/", "https://a@example.org/", "http://a b/"],
    ];
    for (const text of refused) assert.equal(destinationOf(text), null, text);
  });

  it("has a bound, as it is written", () => {
    const address = (length: number) => `https://a/${"b".repeat(length - 10)}`;
    assert.equal(destinationOf(address(MAX_DESTINATION_LENGTH))?.length, MAX_DESTINATION_LENGTH);
    assert.equal(destinationOf(address(MAX_DESTINATION_LENGTH + 1)), null);
    assert.equal(destinationOf(`https://a/${"ü".repeat(1_000)}`), null);
  });

  it("is one again when it is read, and can stand in a header", () => {
    const beginning = fc.constantFrom("https://example.org/", "http://", "https://a?", "javascript:", "");
    let taken = 0;
    fc.assert(
      fc.property(beginning, fc.string({ unit: "binary" }), (start, rest) => {
        const href = destinationOf(start + rest);
        if (href === null) return;
        taken++;
        assert.ok(isDestination(href) && destinationOf(href) === href, href);
        assert.match(href, /^https?:[!-~]+$/);
      }),
    );
    assert.ok(taken > 10, `only ${taken} were taken`);
  });
});
