import assert from "node:assert/strict";
import fc from "fast-check";
import { SortedNames } from "../../../internal/services/counter/sorted_names.ts";

/** Names come and go in any order, and are read in theirs. */
describe("sorted names", () => {
  const short = fc.stringMatching(/^[a-b0-1._-]{1,3}$/);
  const long = fc.constantFrom("site.example/", "site.example/posts/", "site.example/posts/2026-".repeat(4));
  const name = fc.oneof(
    short,
    fc.tuple(long, short).map((parts) => parts.join("")),
    fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,126}[a-z0-9]$/),
  );
  const steps = fc.array(fc.tuple(fc.boolean(), name), { maxLength: 400, size: "max" });

  it("are those of a sorted list, after any name", () => {
    fc.assert(
      fc.property(steps, name, (all, after) => {
        const names = new SortedNames();
        const model = new Set<string>();
        for (const [adds, one] of all) {
          if (adds && !model.has(one)) names.add(one);
          if (!adds && model.has(one)) names.delete(one);
          model[adds ? "add" : "delete"](one);
        }
        const sorted = [...model].sort();
        assert.deepEqual([...names.after("")], sorted);
        assert.deepEqual(
          [...names.after(after)],
          sorted.filter((one) => one > after),
        );
        assert.equal(names.size, model.size);
      }),
      { numRuns: 60 },
    );
  });
});
