import assert from "node:assert/strict";
import fc from "fast-check";
import { isCounterName } from "../../../internal/core/names.ts";
import { isSiteName, pageName } from "../../../internal/core/visits/page_name.ts";
import { botsOf, otherPagesOf, visitsOf } from "../../../internal/core/visits/site_counters.ts";

const name = (path: string) => pageName("blog.example", path);

/** Addresses of the same page have the same name, others have others, and every name is a counter's. */
describe("the name of a page", () => {
  const same: Readonly<Record<string, readonly string[]>> = {
    "blog.example/index": [
      "/",
      "",
      "//",
      "/index.html",
      "/INDEX.PHP",
      "/default.aspx",
      "/index",
      "/?utm_source=x",
      "/#top",
    ],
    "blog.example/posts/1": [
      "/posts/1",
      "/posts/1/",
      "/posts//1",
      "/Posts/1",
      "/posts/1/index.html",
      "/posts/%31",
      "/posts/1?utm_campaign=a&fbclid=b&gclid=c&ref=d",
      "/posts/1#comments",
      "/posts/1?#?a=b",
    ],
    "blog.example/a.b-c_d.html": ["/a.b-c_d.html"],
    "blog.example/indexes": ["/indexes"],
  };
  for (const [expected, paths] of Object.entries(same))
    for (const path of paths) it(`of ${JSON.stringify(path)} is ${expected}`, () => assert.equal(name(path), expected));

  it("has the other parameters, in any order, and a hash of them", () => {
    assert.match(name("/item?id=5"), /^blog\.example\/item-id-5-[0-9a-z]{8,13}$/);
    assert.equal(name("/item?b=2&a=1"), name("/item?a=1&utm_term=x&b=2"));
    assert.match(name("/?p=5"), /^blog\.example\/p-5-[0-9a-z]{8,13}$/);
    assert.equal(name("/index.php?p=5"), name("/?p=5"));
  });

  it("says what it can of other letters", () => {
    assert.match(name("/%C3%BCber%20uns"), /^blog\.example\/uber-uns-[0-9a-z]{8,13}$/);
    assert.equal(name("/%C3%BCber%20uns"), name("/über uns/"));
    assert.equal(name("/U%CC%88ber%20uns"), name("/über uns"));
    assert.match(name("/日本語"), /^blog\.example\/[0-9a-z]{8,13}$/);
  });

  it("differs for pages that differ", () => {
    const paths = [
      "/a/b",
      "/a%2Fb",
      "/a-b",
      "/a%3Fb=1",
      "/a?b=1",
      "/a?b=2",
      "/a?b=1&c",
      "/a?b=1%26c",
      "/日本",
      "/日",
      "/_a",
      "/-a",
      "/a-",
      "/100%",
      "/100%25x",
    ];
    paths.push(
      "/item?id=Ab",
      "/item?id=aB",
      `/${"long".repeat(100)}a`,
      `/${"long".repeat(100)}b`,
      "/visits",
      "/_visits",
      "/_bots",
      "/_other",
    );
    assert.equal(new Set(paths.map(name)).size, paths.length);
  });

  it("is a counter's, and none of the site's own, whatever the path is", () => {
    const ours = [botsOf, otherPagesOf, visitsOf].map((of) => of("blog.example"));
    const path = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.webPath(),
      fc.constantFrom("_visits", "_bots", "%ff", "a/_other"),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(path, fc.webQueryParameters(), (path, query) => {
        const found = name(`/${path}?${query}`);
        assert.ok(isCounterName(found), found);
        assert.ok(found.startsWith("blog.example/") && !found.includes("/_"), found);
        assert.ok(!ours.includes(found));
      }),
    );
  });

  it("takes time in proportion to the path", () => {
    const paths = [
      `/${"-".repeat(16_000)}`,
      `/${"%20.".repeat(4_000)}!`,
      `/a?${"a&".repeat(8_000)}`,
      "/a".repeat(8_000),
    ];
    // Other processes may have most of the wall clock's time.
    const took = () => {
      const before = process.cpuUsage();
      paths.forEach(name);
      return process.cpuUsage(before).user / 1_000;
    };
    const fastest = Math.min(...Array.from({ length: 5 }, took));
    assert.ok(fastest < 500, `${fastest} ms`);
  });
});

describe("the name of a site", () => {
  for (const good of ["blog.example", "localhost", "a", "127.0.0.1", "a".repeat(64)])
    it(`may be ${good.slice(0, 20)}`, () => assert.ok(isSiteName(good)));
  for (const bad of ["", "a/b", "A", "a:80", "-a", "a".repeat(65), "_a"])
    it(`may not be ${JSON.stringify(bad.slice(0, 20))}`, () => assert.ok(!isSiteName(bad)));
});
