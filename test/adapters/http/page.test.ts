import assert from "node:assert/strict";
import type { NodeRow } from "../../../internal/core/cluster/cluster_view.ts";
import { pageLoad } from "./page_load.ts";
import { pods } from "./pods.ts";
import { exchange, parseResponse, request } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

/** The page shows the total with the visitor's own hit, without any script, and escapes whatever nodes say. */
describe("HTTP: the page", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
  });
  afterEach(() => node.close(100));

  const page = async (path = "/") => (await fetch(`${node.url}${path}`)).text();
  const total = (html: string) => /id="total"[^>]*>([^<]*)</.exec(html)?.[1];
  const state = (html: string) => /data-tone="(\w+)"[\s\S]*?id="state">([^<]*)</.exec(html)?.slice(1);

  it("shows the total with the visitor's own hit, without any script", async () => {
    node.counting.totals.set("visits", 1_234_566n);
    assert.equal(total(await page()), "1,234,567");
    assert.equal(total(await page("/?utm_source=letter")), "1,234,568");
    node.counting.round();
    assert.equal(total(await page()), "1,234,569");
    assert.equal(node.counting.accepted, 3);
  });

  it("shows totals of any size", async () => {
    for (const before of [0n, 8n, 998n, 999n, 2n ** 53n, 10n ** 18n]) {
      node.counting.totals.set("visits", before);
      node.counting.pending.clear();
      node.counting.round();
      assert.equal(total(await page()), new Intl.NumberFormat("en").format(before + 1n));
    }
  });

  it("says that the total is not known before the first snapshot, and that the visit is counted", async () => {
    node.counting.known = false;
    const html = await page();
    assert.match(html, /id="total"[^>]*><span role="img" aria-label="not known yet">&#8211;<\/span><\/p>/);
    assert.match(html, /<p class="you">Your visit is counted; the total is not known yet\.<\/p>/);
    assert.doesNotMatch(html, /visit number/);
    assert.equal(node.counting.accepted, 1);
  });

  it("has a length that is right to the byte", async () => {
    node.counting.others = [row("Zürich ☃ 𝒞")];
    const { headers, body } = parseResponse(await exchange(node.port, request("GET /")));
    assert.equal(Number(headers.get("content-length")), body.length);
    assert.match(body, /Z&#252;rich &#9731; &#119966;/);
  });

  it("escapes whatever nodes call themselves", async () => {
    node.counting.others = [row(`<script>alert("1")</script>`), { ...row("b"), region: "<img src=x onerror='x'>" }];
    node.counting.view = { store: "away", storeDetail: "</p><b>&" };
    const html = await page();
    assert.doesNotMatch(html, /<script>alert|<img(?! src="\/history\/)|<b>/);
    assert.match(html, /&lt;script&gt;alert\(&quot;1&quot;\)/);
    assert.match(html, /&lt;img src=x onerror=&#39;x&#39;&gt;/);
    assert.match(html, /&lt;\/p&gt;&lt;b&gt;&amp;/);
  });

  it("lists the nodes with all that is known of them", async () => {
    const beta = {
      ...row("beta"),
      state: "unreachable",
      hits: 12_412,
      committed: 12_345,
      pending: 67,
      heardAt: null,
    } as const;
    node.counting.others = [beta];
    const cells = tableRows(await page()).map(({ state, cells }) => [state, ...cells]);
    assert.deepEqual(cells, [
      ["leader", "alpha", "leader", "this node", "eu-west", "Counting", "0", "1", "0", "just now"],
      ["unreachable", "beta", "us-east-1", "Ashburn", "Unreachable", "12,345", "unknown", "0", "unknown"],
    ]);
  });

  it("puts many nodes together by region, lists at most 100 of them, and says how many more there are", async () => {
    node.counting.others = Array.from({ length: 999 }, (_, index) => row(`n-${index}`));
    node.counting.others.push({ ...row("z-lost"), state: "unreachable" });
    const rows = tableRows(await page());
    assert.deepEqual(
      rows.filter(({ region }) => region).map(({ cells }) => cells.slice(0, 4)),
      [
        ["eu-west", "1 node", "leader", "1 counting"],
        ["us-east-1", "Ashburn", "1,000 nodes", "999 counting, 1 unreachable"],
      ],
    );
    assert.equal(rows.filter(({ region, more }) => !region && !more).length, 100);
    assert.ok(rows.some(({ cells }) => cells[0] === "z-lost"));
    assert.deepEqual(rows.at(-1)?.cells, ["and 901 more:", "all nodes"]);
  });

  it("shows where the nodes are: by themselves, many as a number, and beside the map what has no place on it", async () => {
    const at = (region: string, index: number) => ({ ...row(`${region}-${index}`), region });
    node.counting.others = [
      ...Array.from({ length: 3 }, (_, index) => at("eu-central-1", index)),
      ...Array.from({ length: 40 }, (_, index) => at("48.21,16.37", index)),
    ];
    const html = await page();
    assert.match(html, /aria-label="Frankfurt, eu-central-1: 3&#160;nodes, 3 counting; 0&#160;active users"/);
    assert.match(html, /aria-label="48.21, 16.37, 48.21,16.37: 40&#160;nodes/);
    // For a wide screen and for a narrow one.
    assert.equal([...html.matchAll(/class="dot"/g)].length, 2 * 3);
    assert.match(html, /<text>40<\/text>/);
    assert.match(
      html,
      /Not on the map<\/p><ul[^>]*><li[^>]*><a href="#region-eu-west"><strong>eu-west<\/strong> 1&#160;node, leader</,
    );
  });

  it("is rendered once a round, not once a visitor", async () => {
    node.counting.round();
    let renderings = 0;
    const cluster = node.counting.cluster.bind(node.counting);
    node.counting.cluster = () => {
      renderings += 1;
      return cluster();
    };
    const began = performance.now();
    for (let visit = 0; visit < 50; visit += 1) await page();
    assert.ok(renderings <= 1 + Math.floor((performance.now() - began) / 1000), `${renderings} renderings`);
  });

  it("says that the visit was not counted, with the status of the refusal", async () => {
    node.counting.totals.set("visits", 7n);
    node.counting.refusal = "draining";
    const response = await fetch(`${node.url}/`);
    assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "1"]);
    const html = await response.text();
    assert.equal(total(html), "7");
    assert.match(html, /Your visit was not counted/);
  });

  it("lets nothing inline and nothing foreign run", async () => {
    const response = await fetch(`${node.url}/`);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    const html = await response.text();
    assert.doesNotMatch(html, /<style|style=|\son\w+=|<script(?![^>]*src=)/);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  });

  it("links files that are there, may be kept for ever, and link each other", async () => {
    const links = [...(await page()).matchAll(/(?:href|src)="(\/assets\/[^"#]+)/g)].map(([, link = ""]) => link);
    assert.ok(links.length > 10);
    for (const link of links) {
      const response = await fetch(`${node.url}${link}`);
      assert.equal(response.status, 200, link);
      assert.match(response.headers.get("cache-control") ?? "", /immutable/);
      assert.match(response.headers.get("content-type") ?? "", /^(text\/(css|javascript)|image\/svg|font\/woff2)/);
      const imported = [...(await response.text()).matchAll(/ from "\.\/([^"]+)"/g)].map(
        ([, file]) => `/assets/${file}`,
      );
      assert.deepEqual(
        imported.filter((file) => !links.includes(file)),
        [],
        link,
      );
    }
  });

  /** Of a thousand nodes the ids and names alone have 20 kB. */
  for (const [nodes, most] of [
    [3, 70_000],
    [8, 70_000],
    [30, 70_000],
    [1000, 100_000],
  ] as const) {
    it(`has less than ${most / 1000} kB to send, with everything, for ${nodes} nodes`, async () => {
      node.counting.others = pods(nodes - 1);
      node.counting.pastHits = Array.from(
        { length: 300 },
        (_, second) => 1000 + Math.round(300 * Math.sin(second / 9)),
      );
      node.counting.totals.set("visits", 1_234_566n);
      const hour = Math.floor(Date.now() / 3_600_000);
      for (let ago = 0; ago < 48; ago++)
        node.counting.hours.push({ of: "visits", hour: hour - ago, hits: 1000 + ((ago * 777) % 345) });
      const sizes = [...(await pageLoad(node.url)).values()];
      assert.ok(sizes.length > 20 && sizes.reduce((sum, size) => sum + size) < most, String(sizes));
    });
  }

  it("gives the file it has for a name from another version, but not for ever", async () => {
    const response = await fetch(`${node.url}/assets/page-0123456789.css`);
    assert.deepEqual([response.status, response.headers.get("cache-control")], [200, "no-store"]);
  });

  const STATES: readonly [name: string, view: object, tone: string, words: RegExp][] = [
    ["all is well", {}, "good", /^All is well\. Committed just now, 1,204 pending\.$/],
    [
      "store away",
      { store: "away" },
      "wait",
      /^The store has been unavailable for 12&#160;s\. Counting continues, 1,204 pending\.$/,
    ],
    ["store locked", { store: "locked" }, "wait", /lock for 12&#160;s\. Counting continues/],
    ["store full", { store: "full" }, "bad", /full for 12&#160;s and needs more space\. Counting continues/],
    ["store lost", { store: "lost" }, "bad", /lost its ledger and needs an operator\. Counting continues/],
    [
      "ledger corrupt",
      { store: "corrupt" },
      "bad",
      /The ledger is inconsistent and needs an operator\. Counting continues/,
    ],
    ["founding", { store: "founding" }, "wait", /before it creates one.*Counting continues/],
    ["store not known", { store: "unknown" }, "wait", /The state of the store is not known yet/],
    ["no leader yet", { leader: null, leaderSilence: null }, "wait", /^Waiting for a leader\. Counting continues/],
    [
      "leader silent",
      { leaderSilence: 9_000 },
      "wait",
      /^The leader has been silent for 9&#160;s\. Counting continues/,
    ],
    [
      "leader gone",
      { leader: null, leaderSilence: 35_000 },
      "wait",
      /^The leader has been silent for 35&#160;s\. Counting/,
    ],
    [
      "nobody leads because the store is away",
      { leader: null, leaderSilence: 35_000, store: "away" },
      "wait",
      /^The store has been unavailable for 12&#160;s\. Counting continues, 1,204 pending\.$/,
    ],
  ];
  for (const [name, view, tone, words] of STATES) {
    it(`says what is the matter: ${name}`, async () => {
      node.counting.view = view;
      node.counting.numbers = { pending: 1204, snapshotAge: tone === "good" ? 0.4 : 12 };
      const [shownTone, text = ""] = state(await page()) ?? [];
      assert.equal(shownTone, tone);
      assert.match(text, words);
    });
  }
});

interface TableRow {
  readonly state: string | undefined;
  readonly region: boolean;
  readonly more: boolean;
  /** The texts in the row, without the tags between them. */
  readonly cells: string[];
}

function tableRows(html: string): TableRow[] {
  return [...html.matchAll(/<tr role="row"([^>]*)>(<t[hd] role="(?:rowheader|cell)".*?)<\/tr>/g)].map(
    ([, attributes = "", row = ""]) => ({
      state: /data-state="(\w+)"/.exec(attributes)?.[1],
      region: attributes.includes('class="region"'),
      more: attributes.includes('class="more"'),
      cells: row
        .replaceAll("&#160;", " ")
        .split(/<[^>]+>/)
        .map((text) => text.trim())
        .filter(Boolean),
    }),
  );
}

function row(name: string): NodeRow {
  const addresses = { url: "http://127.0.0.1:1", peerAddress: "127.0.0.1:2" };
  const numbers = { hits: 0, committed: 0, pending: 0, active: 0, heardAt: Date.now(), durable: true };
  return { id: name, name, ...addresses, region: "us-east-1", state: "counting", ...numbers };
}
