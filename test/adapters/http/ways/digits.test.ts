import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Serving, serve } from "../serving.ts";

const THEMES = ["odometer", "segments", "plain"] as const;

/** Digits count like a badge, and show the total alone, as a picture that no cache keeps. */
describe("ways: digits", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  const get = (path: string, options?: RequestInit) => fetch(`${node.url}${path}`, options);
  const svg = async (path: string) => (await get(path)).text();

  for (const theme of THEMES) {
    it(`count, and show the number with the hit in it: ${theme}`, async () => {
      for (const total of [0n, 41n, 999n, 123_455n, 9_999_999n, 2n ** 70n]) {
        node.counting.totals.set("a", total - BigInt(node.counting.pending.get("a") ?? 0));
        const text = await svg(`/digits/a.svg?theme=${theme}&digits=7`);
        assert.equal(titleOf(text), `a: ${(total + 1n).toLocaleString("en")}`);
        assert.equal(shownIn(text, theme), String(total + 1n).padStart(7, "0"));
      }
      assert.equal(node.counting.accepted, 6);
    });

    it(`are drawn within their picture, wider with each digit: ${theme}`, async () => {
      const widths = [];
      for (const length of [1, 2, 3, 6, 20]) {
        const text = await svg(`/digits/a.svg?count=false&theme=${theme}&digits=${length}`);
        const [, width = 0] = (/ width="(\d+)"/.exec(text) ?? []).map(Number);
        const lefts = [...text.matchAll(/<use[^>]* x="([\d.]+)"/g)].map(([, x]) => Number(x));
        assert.ok(Math.max(...lefts) + 20 <= width, text);
        widths.push(width);
      }
      assert.deepEqual(
        widths,
        widths.toSorted((a, b) => a - b),
      );
    });

    it(`apply only their own stylesheet, and run nothing: ${theme}`, async () => {
      const response = await get(`/digits/a.svg?theme=${theme}`);
      const text = await response.text();
      const [, style = ""] = /<style>([^<]*)<\/style>/.exec(text) ?? [];
      const hash = createHash("sha256").update(style).digest("base64");
      const policy = `default-src 'none'; style-src 'sha256-${hash}'; sandbox`;
      assert.equal(response.headers.get("content-security-policy"), policy);
      assert.match(style, /prefers-color-scheme:dark/);
      assert.doesNotMatch(text, /[^\n -~]|https?:(?!\/\/www\.w3\.org\/2000\/svg)|\son\w+=|\sstyle=/);
    });
  }

  it("are an odometer of six digits, unless the query says so", async () => {
    node.counting.totals.set("a", 7n);
    const usual = await svg("/digits/a.svg?count=false");
    assert.equal(shownIn(usual, "odometer"), "000007");
    assert.equal(usual, await svg("/digits/a.svg?count=false&theme=odometer&digits=6"));
    assert.equal(shownIn(await svg("/digits/a.svg?count=false&theme=plain"), "plain"), "7");
  });

  it("only show with count=false, of visits, and for HEAD", async () => {
    node.counting.totals.set("a", 5n);
    node.counting.totals.set("a/_visits", 3n);
    assert.equal(titleOf(await svg("/digits/a.svg?count=false")), "a: 5");
    assert.equal(titleOf(await svg("/digits/a.svg?of=visits")), "a: 3");
    const shown = await get("/digits/a.svg?count=false");
    const head = await get("/digits/a.svg", { method: "HEAD" });
    for (const name of ["content-type", "content-length", "cache-control"])
      assert.equal(head.headers.get(name), shown.headers.get(name), name);
    assert.deepEqual([head.status, node.counting.accepted], [200, 0]);
  });

  it("show dashes while the total is not known, and count", async () => {
    node.counting.known = false;
    const text = await svg("/digits/a.svg?digits=4");
    assert.deepEqual([titleOf(text), shownIn(text, "odometer")], ["a: not known yet", "----"]);
    assert.equal(node.counting.accepted, 1);
  });

  it("are kept by nobody, and can be embedded everywhere", async () => {
    const { headers } = await get("/digits/a.svg", { headers: { "if-none-match": "*" } });
    assert.equal(headers.get("content-type"), "image/svg+xml");
    assert.match(headers.get("cache-control") ?? "", /no-store/);
    assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.equal(headers.get("access-control-allow-origin"), "*");
    assert.deepEqual([headers.get("etag"), headers.get("last-modified")], [null, null]);
  });

  it("take capital letters, escapes and unknown parameters, as badges do", async () => {
    for (const path of ["/digits/My-Repo.svg", "/digits/%6dy-repo.svg?v=1", "/digits/my-repo.svg?v=1&v=2"])
      await svg(path);
    assert.equal(node.counting.pending.get("my-repo"), 3);
  });

  for (const [query, words] of [
    ["theme=neon", /theme is "neon"\. Use|theme/],
    ["theme=__proto__", /theme/],
    ["digits=0", /digits is "0"/],
    ["digits=21", /digits/],
    ["digits=six", /digits/],
    ["digits=", /digits/],
    ["digits=3&digits=4", /digits comes more than once/],
    ["count=true", /count/],
    ["of=bots", /of is "bots"/],
  ] as const) {
    it(`say what is wrong with ?${query}, and count nothing`, async () => {
      const response = await get(`/digits/a.svg?${query}`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("problem-type"), "urn:global-cluster:problem:bad-query");
      assert.match((titleOf(await response.text()) ?? "").replaceAll("&quot;", '"'), words);
      assert.equal(node.counting.accepted, 0);
    });
  }

  it("say why a hit was not counted", async () => {
    node.counting.refusal = "journal";
    // The second goes through the router.
    for (const path of ["/digits/a.svg", "/digits/%61.svg"]) {
      const response = await get(path);
      assert.equal(response.headers.get("problem-type"), "urn:global-cluster:problem:journal");
      assert.match(await response.text(), /Journal not writable/);
    }
  });
});

function titleOf(svg: string): string | undefined {
  return /<title>([^<]*)<\/title>/.exec(svg)?.[1];
}

/** The digits as they are placed, from left to right. Behind each of seven segments there is an unlit 8. */
function shownIn(svg: string, theme: (typeof THEMES)[number]): string {
  const uses = [...svg.matchAll(/<use href="#(\w+)" x="([\d.]+)"([^>]*)/g)];
  const placed = uses.filter(([, , , more]) => theme !== "segments" || !more?.includes('class="o"'));
  const lefts = placed.map(([, , x]) => Number(x));
  assert.deepEqual(
    lefts,
    lefts.toSorted((a, b) => a - b),
  );
  return placed.map(([, id]) => (id === "none" ? "-" : id?.slice(1))).join("");
}
