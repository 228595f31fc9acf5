import assert from "node:assert/strict";
import { mayRead, mayReadLists, pageCreates, refusalOfHits } from "../../../internal/core/access/decisions.ts";
import { type AccessPolicy, reservedCounters, USUAL_POLICY } from "../../../internal/core/access/policy.ts";
import type { TokenEntry } from "../../../internal/core/access/token_list.ts";

const BLOG: TokenEntry = { name: "b", hash: "", rights: ["count"], counters: ["blog-*"], expires: null };

/** What a request may do, by its token and the settings. */
describe("access decisions", () => {
  const policy: AccessPolicy = {
    anonymous: {
      usual: "count",
      named: new Map([
        ["read-*", "read"],
        ["secret", "none"],
        ["blog-*", "none"],
      ]),
    },
    maxBy: { usual: 1, named: new Map([["imports", 10]]) },
    create: {
      usual: "token",
      named: new Map([
        ["open-*", "anyone"],
        ["blog-no", "nobody"],
        ["page", "anyone"],
      ]),
    },
  };
  const cases: [counter: string, by: number, exists: boolean, token: TokenEntry | null, refusal: string | null][] = [
    ["visits", 1, true, null, null],
    ["visits", 2, true, null, "by"],
    ["visits", 2, true, BLOG, "by"],
    ["imports", 10, true, null, null],
    ["imports", 11, true, null, "by"],
    ["read-1", 1, true, null, "count"],
    ["secret", 1, true, null, "count"],
    ["blog-1", 1, true, null, "count"],
    ["blog-1", 1_000_000, false, BLOG, null],
    ["blog-no", 1, false, BLOG, "nobody"],
    ["blog-no", 1, true, BLOG, null],
    ["new", 1, false, null, "create"],
    ["open-1", 1, false, null, null],
    ["open-1/_visitors", 1, true, null, "visitors"],
    ["blog-1/_visitors", 1, true, BLOG, "visitors"],
  ];
  for (const [counter, by, exists, token, refusal] of cases)
    it(`${by} of ${counter}, ${exists ? "existing" : "new"}, ${token ? "with" : "without"} a token`, () =>
      assert.equal(refusalOfHits(policy, { counter, by, exists, token }), refusal));

  it("by default: one hit of any counter", () => {
    const ask = (by: number, exists: boolean) => refusalOfHits(USUAL_POLICY, { counter: "a", by, exists, token: null });
    assert.deepEqual([ask(1, true), ask(1, false), ask(2, true)], [null, null, "by"]);
  });

  it("read what is not closed, or what the token is for", () => {
    const read = (counter: string, token: TokenEntry | null) => mayRead(policy, counter, token);
    assert.deepEqual(
      [read("read-1", null), read("secret", null), read("blog-1", BLOG), read("secret", BLOG)],
      [true, false, true, false],
    );
    const closed: AccessPolicy = {
      ...USUAL_POLICY,
      anonymous: { usual: "none", named: new Map([["visits", "read"]]) },
    };
    assert.deepEqual(
      [mayReadLists(closed, null), mayReadLists(closed, BLOG), mayReadLists(policy, null)],
      [false, true, true],
    );
  });

  it("create by a page only what a rule names", () => {
    assert.deepEqual(
      ["open-1", "page", "new", "blog-no"].map((name) => pageCreates(policy, name)),
      [true, true, false, false],
    );
    assert.equal(pageCreates(USUAL_POLICY, "anything"), false);
  });

  it("keep a place for visits and for what the settings name", () => {
    assert.deepEqual([...reservedCounters(null, policy.create)], ["visits", "page"]);
    assert.deepEqual([...reservedCounters(new Set(["a", "b"]), policy.create)], ["a", "b"]);
  });
});
