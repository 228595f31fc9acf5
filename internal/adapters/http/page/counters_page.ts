import type Router from "@koa/router";
import { MAX_NAME_LENGTH } from "../../../core/names.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { oneOf } from "../badge/words.ts";
import type { PeriodHits } from "../history/period_hits.ts";
import { pagePath } from "../page_path.ts";
import { Problem } from "../problem.ts";
import { badQuery, catchingUp, quoted } from "../problems.ts";
import { readQuery, USUAL_PAGE } from "../query.ts";
import { totalsJson } from "../totals_json.ts";
import { asciiHtml } from "./ascii_html.ts";
import type { Assets } from "./assets.ts";
import { grouped } from "./browser/format.js";
import { type Html, html } from "./browser/html.js";
import { type TreeEntry, treeOf } from "./counter_tree.ts";
import { POLICY, setPageHeaders } from "./page.ts";

const ORDERS = ["name", "total", "today"] as const;
type Order = (typeof ORDERS)[number];

/** What the page shows: names that begin with `prefix`, after the entry `after`, or the largest counters, in one of two orders. */
interface Asked {
  readonly prefix: string;
  readonly after: string;
  readonly order: Order;
}

interface CountersDeps {
  readonly counting: Counting;
  readonly periodHits: PeriodHits;
  readonly assets: Assets;
}

/**
 * `GET /counters`: the counters as a tree by `/`, with search by the beginning of a name, or those with most hits, in all or today. It counts
 * nothing.
 */
export function routeCountersPage(router: Router, { gate, ...deps }: CountersDeps & { gate: Gate }): void {
  const { counting } = deps;
  router.get("/counters", async (ctx) => {
    const { after = "", prefix = "", sort } = readQuery(ctx, "after", "prefix", "sort");
    const order = oneOf("sort", sort, ...ORDERS);
    if (counting.sum() !== null && !counting.complete()) throw new Problem(catchingUp());
    const asked = { prefix: beginning("prefix", prefix), after: beginning("after", after), order };
    const mayShow = gate.admitLists(gate.identify(ctx.req));
    setPageHeaders(ctx);
    ctx.set("Content-Security-Policy", POLICY.replace("form-action 'none'", "form-action 'self'"));
    const counters = order === "name" ? tree(deps, asked, mayShow) : await mostHits(deps, order, mayShow);
    ctx.body = asciiHtml(String(countersPage(deps.assets, asked, counters)));
  });
}

/** The beginning of a name, as people type it. Throws Problem. */
function beginning(name: string, text: string): string {
  const typed = text.trim().toLowerCase();
  if (/^[a-z0-9._/-]*$/.test(typed) && typed.length <= MAX_NAME_LENGTH) return typed;
  throw new Problem(badQuery(`${name} is ${quoted(text)}.`, "Use the beginning of a counter's name."));
}

type MayShow = (counter: string) => boolean;

function countersPage(assets: Assets, { prefix, order }: Asked, counters: Html): Html {
  const styles = ["page.css", "embed.css"].map((name) => assets.path(name));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Counters - Global Cluster</title>
<link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml">
${styles.map((path) => html`<link rel="stylesheet" href="${path}">\n`)}</head>
<body>
<main class="embed">
<header><h1><a href="/">Global Cluster</a></h1></header>
<h2 id="title">Counters</h2>
<p>Committed hits, in all and of this day (UTC). Opening the page of a counter counts one view.</p>
<form action="/counters" role="search">
<label for="prefix">Name begins with</label>
<input id="prefix" name="prefix" value="${prefix}" maxlength="${MAX_NAME_LENGTH}" autocapitalize="none" autocomplete="off" spellcheck="false">
<button>Search</button>
</form>
<p class="sort">${LINKS.filter(([to]) => to !== order).map(([, path, words]) => html`<a href="${path}">${words}</a> `)}</p>
${counters}
</main>
</body>
</html>
`;
}

const LINKS: readonly [order: Order, path: string, words: string][] = [
  ["name", "/counters", "By name"],
  ["total", "/counters?sort=total", "Largest first"],
  ["today", "/counters?sort=today", "Most today first"],
];

/** The largest counters, or those with most hits today. While today's are not known, the largest take their place. */
async function mostHits({ counting, periodHits }: CountersDeps, order: Order, mayShow: MayShow): Promise<Html> {
  const busiest = order === "today" ? await periodHits.busiestToday() : null;
  const counters = busiest ?? counting.sum()?.largest.map(({ counter }) => counter) ?? [];
  const rows = counters.filter(mayShow).map((counter) => {
    return row(counter, grouped(counting.read(counter)?.committed ?? null), periodHits.of(counter, "today"));
  });
  return html`${order === "today" && html`<p>${wordsOfToday(busiest)}</p>\n`}${rows.length > 0 && table(rows)}`;
}

function wordsOfToday(busiest: readonly string[] | null): string {
  if (busiest === null)
    return "This node does not know yet which counters have most hits today. These are the largest.";
  return busiest.length === 0
    ? "No counter has hits of today yet."
    : `Up to ${USUAL_PAGE} counters, those with most hits today first.`;
}

function tree({ counting, periodHits }: CountersDeps, { prefix, after }: Asked, mayShow: MayShow): Html {
  // One more than the page shows, if there are more.
  const found = treeOf(counting, prefix, after, USUAL_PAGE + 1);
  const entries = found.slice(0, USUAL_PAGE);
  const last = found.length > USUAL_PAGE ? entries.at(-1) : undefined;
  const rows = entries.filter(({ name }) => mayShow(name)).map((entry) => entryRow(entry, periodHits));
  const none = `There are no counters${prefix && ` that begin with ${prefix}`}${after && ` after ${after}`}.`;
  const query = prefix && `prefix=${encodeURIComponent(prefix)}`;
  const next = last && [query, `after=${encodeURIComponent(last.name)}`].filter((part) => part !== "").join("&");
  return html`${rows.length === 0 ? html`<p>${none}</p>` : table(rows)}
<footer><p>${(after || prefix) && html`<a href="/counters">First counters</a> `}${next && html`<a href="/counters?${next}">Next counters</a>`}</p></footer>`;
}

function entryRow(entry: TreeEntry, periodHits: PeriodHits): Html {
  if (entry.kind === "counter")
    return row(entry.name, grouped(totalsJson(entry.totals).committed), periodHits.of(entry.name, "today"));
  const { name } = entry;
  return html`<tr><th scope="row"><a href="/counters?prefix=${encodeURIComponent(name)}">${name}&hellip;</a></th><td></td><td></td></tr>\n`;
}

function row(counter: string, total: string, today: bigint | null): Html {
  return html`<tr><th scope="row"><a href="${pagePath(counter)}">${counter}</a></th><td>${total}</td><td>${grouped(today)}</td></tr>\n`;
}

function table(rows: readonly Html[]): Html {
  return html`<table class="list numbers" aria-labelledby="title">
<thead><tr><th scope="col">Counter</th><th scope="col">Committed</th><th scope="col">Today</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`;
}
