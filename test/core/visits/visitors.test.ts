import assert from "node:assert/strict";
import { isCounterName, MAX_NAME_LENGTH } from "../../../internal/core/names.ts";
import { pageName } from "../../../internal/core/visits/page_name.ts";
import { botsOf, otherPagesOf, visitsOf } from "../../../internal/core/visits/site_counters.ts";
import { countsVisitors, visitorsOf } from "../../../internal/core/visits/visitors.ts";

/** The counter of a counter's visitors has a name that nothing else has. */
describe("visitors", () => {
  it("of a site and of a page have their own names", () => {
    assert.equal(visitorsOf("blog.example"), "blog.example/_visitors");
    assert.equal(visitorsOf("blog.example/posts/1"), "blog.example/posts/1/_visitors");
  });

  it("have a counter's name for counters of every length", () => {
    for (const end of ["a", "-a", "/a", "/_a"]) {
      for (let length = end.length + 1; length <= MAX_NAME_LENGTH; length++) {
        const counter = "x".repeat(length - end.length) + end;
        assert.equal(isCounterName(visitorsOf(counter)), true, visitorsOf(counter));
        assert.equal(countsVisitors(visitorsOf(counter)), true);
      }
    }
  });

  it("of long names that begin alike are apart", () => {
    const long = "x".repeat(MAX_NAME_LENGTH - 1);
    const names = [`${long}1`, `${long}2`, long, long.slice(1)].map(visitorsOf);
    assert.equal(new Set(names).size, names.length);
  });

  it("are no page, and nothing else of a site", () => {
    for (const path of ["/_visitors", "/posts/1/_visitors", "/_visitors/", "/%5Fvisitors"])
      assert.equal(countsVisitors(pageName("blog.example", path)), false, path);
    for (const nameOf of [visitsOf, botsOf, otherPagesOf]) assert.equal(countsVisitors(nameOf("blog.example")), false);
  });
});
