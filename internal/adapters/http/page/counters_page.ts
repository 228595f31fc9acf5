import type Router from "@koa/router";
import { MAX_NAME_LENGTH } from "../../../core/names.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
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

/** What the page shows: names that begin with `prefix`, after the entry `after`, or the largest counters. */
interface Asked {
  readonly prefix: string;
  readonly after: string;
  readonly largest: boolean;
}

/** `GET /counters`: the counters as a tree by `/`, with search by the beginning of a name, or the largest ones. It counts nothing. */
export function routeCountersPage(
  router: Router,
  { counting, assets, gate }: { counting: Counting; assets: Assets; gate: Gate },
): void {
  router.get("/counters", (ctx) => {
    const { after = "", prefix = "", sort } = readQuery(ctx, "after", "prefix", "sort");
    if (sort !== undefined && sort !== "total" && sort !== "name")
      throw new Problem(badQuery(`sort is ${quoted(sort)}.`, "Use name or total."));
    if (counting.sum() !== null && !counting.complete()) throw new Problem(catchingUp());
    const asked = { prefix: beginning("prefix", prefix), after: beginning("after", after), largest: sort === "total" };
    const mayShow = gate.admitLists(gate.identify(ctx.req));
    setPageHeaders(ctx);
    ctx.set("Content-Security-Policy", POLICY.replace("form-action 'none'", "form-action 'self'"));
    ctx.body = asciiHtml(String(countersPage(counting, asked, assets, mayShow)));
  });
}

/** The beginning of a name, as people type it. Throws Problem. */
function beginning(name: string, text: string): string {
  const typed = text.trim().toLowerCase();
  if (/^[a-z0-9._/-]*$/.test(typed) && typed.length <= MAX_NAME_LENGTH) return typed;
  throw new Problem(badQuery(`${name} is ${quoted(text)}.`, "Use the beginning of a counter's name."));
}

function countersPage(counting: Counting, asked: Asked, assets: Assets, mayShow: (counter: string) => boolean): Html {
  const { prefix, after, largest } = asked;
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
<p>Committed totals. Opening the page of a counter counts one view.</p>
<form action="/counters" role="search">
<label for="prefix">Name begins with</label>
<input id="prefix" name="prefix" value="${prefix}" maxlength="${MAX_NAME_LENGTH}" autocapitalize="none" autocomplete="off" spellcheck="false">
<button>Search</button>
</form>
<p class="sort">${largest ? html`<a href="/counters">By name</a>` : html`<a href="/counters?sort=total">Largest first</a>`}</p>
${largest ? largestTable(counting, mayShow) : tree(treeOf(counting, prefix, after, USUAL_PAGE + 1), prefix, after, mayShow)}
</main>
</body>
</html>
`;
}

function largestTable(counting: Counting, mayShow: (counter: string) => boolean): Html {
  const largest = counting.sum()?.largest.filter(({ counter }) => mayShow(counter)) ?? [];
  return table(largest.map(({ counter, committed }) => row(counter, grouped(committed))));
}

/** `found`: one more than the page shows, if there are more. */
function tree(found: readonly TreeEntry[], prefix: string, after: string, mayShow: (counter: string) => boolean): Html {
  const entries = found.slice(0, USUAL_PAGE);
  const last = found.length > USUAL_PAGE ? entries.at(-1) : undefined;
  const rows = entries.filter(({ name }) => mayShow(name)).map(entryRow);
  const none = `There are no counters${prefix && ` that begin with ${prefix}`}${after && ` after ${after}`}.`;
  const query = prefix && `prefix=${encodeURIComponent(prefix)}`;
  const next = last && [query, `after=${encodeURIComponent(last.name)}`].filter((part) => part !== "").join("&");
  return html`${rows.length === 0 ? html`<p>${none}</p>` : table(rows)}
<footer><p>${(after || prefix) && html`<a href="/counters">First counters</a> `}${next && html`<a href="/counters?${next}">Next counters</a>`}</p></footer>`;
}

function entryRow(entry: TreeEntry): Html {
  if (entry.kind === "counter") return row(entry.name, grouped(totalsJson(entry.totals).committed));
  const { name } = entry;
  return html`<tr><th scope="row"><a href="/counters?prefix=${encodeURIComponent(name)}">${name}…</a></th><td></td></tr>\n`;
}

function row(counter: string, total: string): Html {
  return html`<tr><th scope="row"><a href="${pagePath(counter)}">${counter}</a></th><td>${total}</td></tr>\n`;
}

function table(rows: readonly Html[]): Html {
  return html`<table class="list" aria-labelledby="title">
<thead><tr><th scope="col">Counter</th><th scope="col">Committed</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`;
}
