import assert from "node:assert/strict";
import { isCounterPattern, namedRule, ruleFor } from "../../../internal/core/access/counter_rules.ts";

/** The longest pattern that names a counter decides; without one, the usual value does. */
describe("counter rules", () => {
  const rules = {
    usual: 1,
    named: new Map([
      ["b*", 2],
      ["blog-*", 3],
      ["blog-1", 4],
    ]),
  };

  it("choose the longest name", () => {
    const values = ["visits", "b", "books", "blog-2", "blog-1", "blog-11"].map((counter) => ruleFor(rules, counter));
    assert.deepEqual(values, [1, 2, 2, 3, 4, 3]);
    assert.deepEqual([namedRule(rules, "visits"), namedRule(rules, "b")], [undefined, 2]);
  });

  it("take names, and beginnings of names", () => {
    for (const good of ["a", "blog-1", "blog-*", "*", "a.*", "a/b", "a/*", "a/b-*"])
      assert.ok(isCounterPattern(good), good);
    for (const bad of ["", "A", "a*b", "a/*/b", "/*", "**", "-*", "a-", `${"a".repeat(128)}*`])
      assert.ok(!isCounterPattern(bad), bad);
  });
});
