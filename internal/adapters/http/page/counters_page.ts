import type Router from "@koa/router";
import type { CounterTotals } from "../../../core/ledger/snapshot.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { pagePath } from "../page_path.ts";
import { Problem } from "../problem.ts";
import { catchingUp } from "../problems.ts";
import { counterName, readQuery, USUAL_PAGE } from "../query.ts";
import { totalsJson } from "../totals_json.ts";
import { asciiHtml } from "./ascii_html.ts";
import type { Assets } from "./assets.ts";
import { grouped } from "./browser/format.js";
import { type Html, html } from "./browser/html.js";
import { setPageHeaders } from "./page.ts";

/** `GET /counters`: the content of `GET /v1/counters` as a page. It counts nothing. */
export function routeCountersPage(
  router: Router,
  { counting, assets, gate }: { counting: Counting; assets: Assets; gate: Gate },
): void {
  router.get("/counters", (ctx) => {
    const { after = "" } = readQuery(ctx, "after");
    if (counting.sum() !== null && !counting.complete()) throw new Problem(catchingUp());
    const found = counting.list(after === "" ? "" : counterName(after), USUAL_PAGE + 1);
    const mayShow = gate.admitLists(gate.identify(ctx.req));
    setPageHeaders(ctx);
    ctx.body = asciiHtml(String(countersPage(found, after, assets, mayShow)));
  });
}

/** `found`: one more than the page shows, if there are more. */
function countersPage(
  found: readonly CounterTotals[],
  after: string,
  assets: Assets,
  mayShow: (counter: string) => boolean,
): Html {
  const page = found.slice(0, USUAL_PAGE);
  const shown = page.filter(({ counter }) => mayShow(counter)).map(totalsJson);
  const last = found.length > USUAL_PAGE ? page.at(-1) : undefined;
  const styles = ["page.css", "nodes.css", "embed.css"].map((name) => assets.path(name));
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
<p>All counters by name, with their committed totals. Opening the page of a counter counts one visit.</p>
${shown.length === 0 ? html`<p>There are no counters${after && ` after ${after}`}.</p>` : table(shown)}
<footer><p>${after && html`<a href="/counters">First counters</a> `}${last && html`<a href="/counters?after=${last.counter}">Next counters</a>`}</p></footer>
</main>
</body>
</html>
`;
}

function table(counters: readonly ReturnType<typeof totalsJson>[]): Html {
  const rows = counters.map(
    ({ counter, committed }) =>
      html`<tr><th scope="row"><a href="${pagePath(counter)}">${counter}</a></th><td data-column="committed">${grouped(committed)}</td></tr>\n`,
  );
  return html`<table aria-labelledby="title">
<thead><tr><th scope="col">Counter</th><th scope="col" data-column="committed">Committed</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`;
}
