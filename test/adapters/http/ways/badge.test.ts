import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { logoImage, logoNames } from "../../../../internal/adapters/http/badge/logos.ts";
import { jsonOf } from "../json_of.ts";
import { type Serving, serve } from "../serving.ts";

/** A badge counts one hit and shows the total with it. No cache keeps it. */
describe("ways: the badge", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  const get = (path: string, options?: RequestInit) => fetch(`${node.url}${path}`, options);
  const svg = async (path: string) => (await get(path)).text();

  it("writes its number short, never rounded up, and shows visits without counting", async () => {
    const title = async (query: string) => {
      const text = await (await fetch(`${node.url}/badge/a.svg?count=false&${query}`)).text();
      return /<title>(.*)<\/title>/.exec(text)?.[1];
    };
    for (const [total, short] of [
      [999n, "999"],
      [1_234n, "1.2k"],
      [1_999n, "1.9k"],
      [99_999n, "99.9k"],
      [123_456n, "123.4k"],
      [12_345_678n, "12.3M"],
    ] as const) {
      node.counting.totals.set("a", total);
      assert.equal(await title("format=short"), `a: ${short}`);
    }
    node.counting.totals.set("a/_visits", 77n);
    for (const query of ["of=visits", "of=visits&format=short"]) {
      assert.equal(await title(query), "a: 77");
      assert.match(await (await fetch(`${node.url}/badge/a.svg?${query}`)).text(), /a: 77</);
    }
    assert.equal(node.counting.accepted, 0);
    for (const query of ["of=bots", "format=long"]) assert.match((await title(query)) ?? "", /^a: not counted: /);
  });

  it("counts who asks for it once in a period", async () => {
    const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const shown = async (query: string, headers: Record<string, string> = {}) =>
      titleOf(await (await get(`/badge/a.svg?${query}`, { headers: { "user-agent": agent, ...headers } })).text());
    for (let time = 0; time < 3; time++) assert.equal(await shown("once=day"), "a: 1");
    await shown("once=day", { "user-agent": `${agent} other` });
    assert.equal(await shown("once=hour"), "a: 3");
    assert.equal(await shown("count=false"), "a: 3");
    for (const headers of [{ "sec-gpc": "1" }, { "user-agent": "curl/8.5.0" }]) await shown("once=day", headers);
    await shown("once=day&count=false", { "user-agent": `${agent} third` });
    await fetch(`${node.url}/badge/a.svg?once=day`, { method: "HEAD", headers: { "user-agent": `${agent} fourth` } });
    assert.equal(await shown("count=false"), "a: 3");
    assert.equal(node.counting.accepted, 0, "it counted hits");
    assert.match((await shown("once=week")) ?? "", /^a: not counted: once is /);
    const digits = await (await get("/digits/a.svg?once=day", { headers: { "user-agent": `${agent} digits` } })).text();
    assert.match(digits, /a: 4</);
    assert.equal(await shown("count=false"), "a: 4");
  });

  it("shows the visitors of a site or a page, and counts nothing", async () => {
    node.counting.totals.set("a/_visitors", 12n);
    assert.equal(titleOf(await svg("/badge/a.svg?of=visitors")), "a: 12");
    assert.equal(titleOf(await svg("/badge/a.svg?of=visitors&once=day")), "a: 12");
    assert.deepEqual([node.counting.accepted, node.counting.marks.size], [0, 0]);
  });

  it("counts, and has the hit in its number", async () => {
    node.counting.totals.set("visits", 1231n);
    assert.equal(titleOf(await svg("/badge/visits.svg")), "visits: 1,232");
    assert.equal(titleOf(await svg("/badge/visits.svg")), "visits: 1,233");
    assert.equal(node.counting.accepted, 2);
  });

  it("writes the number wherever a badge has it, as it grows", async () => {
    for (const total of [0n, 8n, 9n, 98n, 99n, 998n, 999n, 123_455n, 2n ** 70n]) {
      node.counting.totals.set("a", total - BigInt(node.counting.pending.get("a") ?? 0));
      const text = await svg("/badge/a.svg?label=11&style=flat-square");
      const number = (total + 1n).toLocaleString("en");
      assert.equal(titleOf(text), `11: ${number}`);
      assert.equal(textsOf(text).at(-1), number);
    }
  });

  it("is the same whether it was drawn for this number or for another one of its length", async () => {
    for (const style of ["flat", "flat-square", "for-the-badge"]) {
      const path = `/badge/${style}.svg?style=${style}`;
      node.counting.totals.set(style, 111_110n);
      await svg(path);
      node.counting.totals.set(style, 987_654n);
      const counted = await svg(path);
      assert.match(counted, /987,656/);
      assert.equal(await svg(`${path}&count=false`), counted);
    }
  });

  it("only shows with count=false and for HEAD", async () => {
    assert.equal(titleOf(await svg("/badge/visits.svg?count=false")), "visits: 0");
    node.counting.totals.set("visits", 5n);
    assert.equal(titleOf(await svg("/badge/visits.svg?count=false")), "visits: 5");
    const counted = await get("/badge/visits.svg?count=false");
    const head = await get("/badge/visits.svg", { method: "HEAD" });
    assert.equal(head.status, 200);
    for (const name of ["content-type", "content-length", "cache-control"])
      assert.equal(head.headers.get(name), counted.headers.get(name), name);
    assert.equal(node.counting.accepted, 0);
  });

  it("says that the total is not known, and counts", async () => {
    node.counting.known = false;
    assert.equal(titleOf(await svg("/badge/visits.svg")), "visits: &#8211;");
    assert.equal(titleOf(await svg("/badge/never.svg?count=false")), "never: &#8211;");
    assert.equal(node.counting.accepted, 1);
    node.counting.known = true;
    assert.equal(titleOf(await svg("/badge/visits.svg")), "visits: 2");
  });

  it("is kept by nobody, also where a condition says that it may be old", async () => {
    const conditions = { "if-none-match": "*", "if-modified-since": new Date().toUTCString() };
    for (const query of ["", "?count=false"]) {
      const response = await get(`/badge/visits.svg${query}`, { headers: conditions });
      assert.equal(response.status, 200);
      const cacheControl = response.headers.get("cache-control") ?? "";
      for (const word of ["max-age=0", "no-cache", "no-store"]) assert.ok(cacheControl.includes(word), cacheControl);
      assert.ok(Date.parse(response.headers.get("expires") ?? "") < Date.now());
      assert.deepEqual([response.headers.get("etag"), response.headers.get("last-modified")], [null, null]);
    }
  });

  it("can be embedded everywhere, and run nothing", async () => {
    const { headers } = await get("/badge/visits.svg");
    assert.equal(headers.get("content-type"), "image/svg+xml");
    assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*sandbox/);
  });

  it("takes label, color and style", async () => {
    const flat = await svg("/badge/a.svg?label=seen%20by&color=orange");
    assert.equal(titleOf(flat), "seen by: 1");
    assert.match(flat, /fill="#ea7233"/);
    assert.match(await svg("/badge/a.svg?color=0aF"), /fill="#0af"/);
    assert.match(await svg("/badge/a.svg?style=flat-square"), /crispEdges/);
    assert.match(await svg("/badge/a.svg?style=for-the-badge&label=seen"), />SEEN</);
    assert.equal(titleOf(await svg("/badge/a.svg?label=")), "5");
  });

  it("has a logo before its label, of those that there are, in each style", async () => {
    const logoIn = (text: string) => {
      const [, data = ""] = /<image [^>]*href="data:image\/svg\+xml;base64,([^"]+)"/.exec(text) ?? [];
      return Buffer.from(data, "base64").toString();
    };
    for (const style of ["flat", "flat-square", "for-the-badge"]) {
      const github = await svg(`/badge/a.svg?count=false&style=${style}&logo=GitHub`);
      assert.match(
        logoIn(github),
        /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 24 24"><path [^<>]+\/><\/svg>$/,
      );
      assert.notEqual(logoIn(github), logoIn(await svg(`/badge/a.svg?count=false&style=${style}&logo=npm`)));
      assert.equal(logoIn(await svg(`/badge/a.svg?count=false&style=${style}`)), "");
    }
    node.counting.totals.set("a", 118n);
    assert.equal(titleOf(await svg("/badge/a.svg?count=false&logo=kubernetes")), "a: 118");
    assert.equal(titleOf(await svg("/badge/a.svg?logo=kubernetes")), "a: 119");
    const { headers } = await get("/badge/a.svg?count=false&logo=npm");
    assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; img-src data:; sandbox$/);
  });

  it("names logos that there are, where there is none of this name", async () => {
    for (const [logo, words] of [
      ["gihtub", "a similar one is github."],
      ["qqqqqqqqqqq", "some are github, npm and docker."],
      ["__proto__", "some are github, npm and docker."],
    ])
      assert.match(
        await problemIn(`/badge/a.svg?logo=${logo}`, "bad-query"),
        new RegExp(`logo is "${logo}"; ${words}`),
      );
    assert.match(await problemIn("/badge/a.svg?logo=", "bad-query"), /logo is ""; /);
    assert.equal(node.counting.accepted, 0);
  });

  it("has every logo that the documentation lists, and no other, as a plain path", async () => {
    const text = readFileSync(new URL("../../../../docs/api.md", import.meta.url), "utf8");
    const [, list = ""] = /Logos: ([^.]*)\./.exec(text) ?? [];
    assert.deepEqual(
      [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
      logoNames(),
    );
    for (const name of logoNames())
      assert.match(
        Buffer.from(logoImage(name).split(",")[1] ?? "", "base64").toString(),
        / d="[Mm][-+0-9.,eEMmLlHhVvCcSsQqTtAaZz ]+"\/>/,
        name,
      );
  });

  it("is wide enough for long and foreign labels", async () => {
    const width = async (label: string) =>
      Number(/ width="([\d.]+)"/.exec(await svg(`/badge/a.svg?count=false&label=${encodeURIComponent(label)}`))?.[1]);
    const number = (await width("")) + 10;
    // Verdana at 11 px: advance widths of its hmtx table by 2048 units to the em.
    for (const [label, expected] of [
      ["i".repeat(100), 100 * 3.02],
      ["W".repeat(100), 100 * 10.88],
      ["\u00e9".repeat(50), 50 * 6.55],
    ] as const) {
      const got = (await width(label)) - number;
      assert.ok(Math.abs(got - expected) < 2, `${label}: ${got} and not ${expected}`);
    }
    // Of the last two Verdana has none: browsers take another font, in which they are about an em wide.
    for (const label of ["\u0416".repeat(30), "\u65e5".repeat(30), "\ud55c".repeat(30)]) {
      const got = (await width(label)) - number;
      assert.ok(got > 30 * 9 && got < 30 * 13, `${label}: ${got}`);
    }
  });

  const HOSTILE = [
    '"><script>alert(1)</script>',
    "</text></svg><img src=x onerror=alert(1)>",
    "&amp;&#x3c;&lt;!ENTITY x>",
    "]]><![CDATA[<script/>",
    "' onload='alert(1)",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    "{{7*7}} 000,000 111,111",
  ];
  for (const style of ["flat", "flat-square", "for-the-badge"]) {
    for (const label of HOSTILE) {
      it(`keeps ${JSON.stringify(label)} a text, ${style}`, async () => {
        const text = await svg(`/badge/a.svg?style=${style}&label=${encodeURIComponent(label)}`);
        const plain = await svg(`/badge/a.svg?style=${style}&label=x`);
        assert.deepEqual(tagsOf(text), tagsOf(plain));
        assert.doesNotMatch(text, /[^ -~]/);
        const shown = style === "for-the-badge" ? label.toUpperCase() : label;
        assert.equal(unescaped(textsOf(text)[0] ?? ""), shown);
      });
    }
  }

  const WRONG: [query: string, words: RegExp][] = [
    ["label=a%00b", /label/],
    ["label=a%1b", /label/],
    ["label=%EF%BF%BF", /label/],
    [`label=${"x".repeat(129)}`, /129/],
    ['color="onload="', /color/],
    ["color=url(https://e.example)", /color/],
    ["color=red;", /color/],
    ["color=constructor", /color/],
    ["color=", /color/],
    ["style=plastic", /style/],
    ["style=__proto__", /style/],
    ["count=0", /count/],
    ["label=a&label=b", /label/],
  ];
  for (const [query, words] of WRONG) {
    it(`says what is wrong with ?${query.slice(0, 40)}, and counts nothing`, async () => {
      assert.match(await problemIn(`/badge/a.svg?${query}`, "bad-query"), words);
      assert.equal(node.counting.accepted, 0);
    });
  }
  for (const [query, words] of WRONG.filter(([query]) => !query.startsWith("count"))) {
    it(`tells shields.io nothing with ?${query.slice(0, 40)}`, async () => {
      const response = await get(`/badge/a.json?${query}`);
      assert.equal(response.status, 400);
      const { type, detail } = await jsonOf(response);
      assert.equal(type, "urn:global-cluster:problem:bad-query");
      assert.match(String(detail), words);
    });
  }

  it("ignores parameters that it does not know: people use them against caches", async () => {
    for (const query of ["v=2", "v", "", "logoColor=red", "__proto__=1", "v=1&v=2&color=red"])
      assert.match(titleOf(await svg(`/badge/a.svg?${query}`)) ?? "", /^a: \d$/, query);
    assert.equal(node.counting.accepted, 6);
    assert.equal((await jsonOf(get("/badge/a.json?v=2&count=false"))).message, "6");
  });

  it("takes capital letters in a name for small ones", async () => {
    for (const path of ["/badge/My-Repo.svg", "/badge/MY-REPO.svg?v=1", "/badge/%4dy-repo.svg", "/badge/my-repo.svg"])
      await svg(path);
    assert.equal(node.counting.pending.get("my-repo"), 4);
    assert.equal((await jsonOf(get("/badge/My-Repo.json"))).message, "4");
    assert.equal(titleOf(await svg("/badge/My-Repo.svg?count=false")), "my-repo: 4");
  });

  it("says that a name is none, and counts nothing", async () => {
    for (const path of ["/badge/%3Cscript%3E.svg", "/badge/__proto__.svg", "/badge/a!.svg?count=false"])
      assert.equal(await problemIn(path, "bad-name"), "not counted: Not a counter name");
    assert.equal(node.counting.accepted, 0);
  });

  it("says so to HEAD without an image", async () => {
    const response = await get("/badge/a!.svg", { method: "HEAD" });
    assert.equal(response.headers.get("problem-type"), "urn:global-cluster:problem:bad-name");
    assert.equal(await response.text(), "");
  });

  it("refuses names that no counter has, and files that are none", async () => {
    for (const [path, status] of [
      ["/badge/__proto__.json", 400],
      ["/badge/visits", 404],
      ["/badge/visits.png", 404],
      ["/badge/.svg", 404],
    ] as const) {
      const response = await get(path);
      assert.equal(response.status, status, path);
      assert.match(response.headers.get("content-type") ?? "", /problem\+json/);
    }
    assert.equal(node.counting.accepted, 0);
  });

  for (const [reason, shown] of [
    ["draining", "This node is leaving"],
    ["journal", "Journal not writable"],
    ["too-many-counters", "Too many counters"],
    ["not-allowed", "Counter not allowed"],
    ["halted", "This node halted"],
  ] as const) {
    it(`shows why its hit was not counted: ${reason}`, async () => {
      node.counting.refusal = reason;
      // The second goes through the router.
      for (const path of ["/badge/a.svg", "/badge/%61.svg"])
        assert.equal(await problemIn(path, reason), `a: not counted: ${shown}`);
      node.counting.refusal = null;
      const response = await get("/badge/a.svg");
      assert.deepEqual([response.headers.get("problem-type"), titleOf(await response.text())], [null, "a: 1"]);
    });
  }

  it("shows to pages of other sites that they may not count", async () => {
    const choosy = await serve({ allowedOrigins: new Set() });
    const response = await fetch(`${choosy.url}/badge/a.svg`, { headers: { origin: "https://stranger.example" } });
    assert.equal(response.headers.get("problem-type"), "urn:global-cluster:problem:foreign-origin");
    assert.equal(titleOf(await response.text()), "a: not counted: Site not allowed");
    assert.equal(choosy.counting.accepted, 0);
    await choosy.close(100);
  });

  it("keeps what it says of a mistake short, and a text", async () => {
    const color = encodeURIComponent(`\u{fffe}\u0090</text><script>${"x".repeat(200)}`);
    const text = await svg(`/badge/a.svg?color=${color}`);
    assert.doesNotMatch(text, /[^ -~]|<script|&#6553[45];/);
    assert.ok((titleOf(text) ?? "").length < 150, titleOf(text));
  });

  /** What the image says, which is one that proxies show and nobody keeps. */
  async function problemIn(path: string, kind: string): Promise<string> {
    const response = await get(path);
    const { headers } = response;
    assert.deepEqual([response.status, headers.get("content-type")], [200, "image/svg+xml"]);
    assert.equal(headers.get("problem-type"), `urn:global-cluster:problem:${kind}`);
    assert.match(headers.get("cache-control") ?? "", /no-store/);
    assert.match(headers.get("content-security-policy") ?? "", /sandbox/);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    return unescaped(titleOf(await response.text()) ?? "");
  }

  it("counts under a name that is written with escapes", async () => {
    assert.equal(titleOf(await svg("/badge/%76isits.svg")), "visits: 1");
    assert.equal(node.counting.pending.get("visits"), 1);
  });

  it("tells shields.io what to draw, and counts nothing by it", async () => {
    node.counting.totals.set("visits", 1234n);
    const endpoint = await jsonOf(get("/badge/visits.json?label=seen&color=red&style=flat-square"));
    const expected = { schemaVersion: 1, label: "seen", message: "1,234", color: "red", style: "flat-square" };
    assert.deepEqual(endpoint, expected);
    assert.equal((await jsonOf(get("/badge/never.json"))).message, "0");
    assert.equal(node.counting.accepted, 0);
  });
});

function titleOf(svg: string): string | undefined {
  return /<title>([^<]*)<\/title>/.exec(svg)?.[1];
}

function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? "");
}

/** Its elements and their attributes, without what differs from label to label. */
function tagsOf(svg: string): string[] {
  return [...svg.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/(aria-label|x|width|textLength)="[^"<>]*"/g, "$1"));
}

function unescaped(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) => named[name] ?? String.fromCodePoint(Number(code)));
}
