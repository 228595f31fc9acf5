import type Router from "@koa/router";
import type { Context } from "koa";
import { asciiHtml } from "../page/ascii_html.ts";
import type { Assets } from "../page/assets.ts";
import { type Html, html } from "../page/browser/html.js";
import { setPageHeaders } from "../page/page.ts";
import { pagePath } from "../page_path.ts";
import { Problem } from "../problem.ts";
import { badHost } from "../problems.ts";
import { counterName } from "../query.ts";
import { type Snippet, snippets } from "./snippets.ts";

/** `GET /c/{name}/embed`: snippets that count. Any query is ignored, as on all pages. */
export function routeEmbed(router: Router, assets: Assets): void {
  router.get("/c/*name/embed", (ctx) => {
    const counter = counterName(ctx.params.name ?? "");
    const text = String(embedPage(counter, siteOf(ctx), assets));
    setPageHeaders(ctx);
    ctx.body = asciiHtml(text);
  });
}

/** Characters of host names that mean nothing in shells and HTML. */
const QUOTABLE = /^[A-Za-z0-9._:[\]-]+$/;

/**
 * The address at which this client reaches the cluster. It is shown to this client only. A proxy that terminates TLS says so in
 * X-Forwarded-Proto. Throws Problem.
 */
function siteOf(ctx: Context): string {
  const secure = ctx.secure || /^https\b/.test(ctx.get("X-Forwarded-Proto"));
  const url = URL.parse(`${secure ? "https" : "http"}://${ctx.get("Host")}`);
  if (url === null || !QUOTABLE.test(url.host)) throw new Problem(badHost(ctx.get("Host")));
  return url.origin;
}

function embedPage(counter: string, site: string, assets: Assets): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Count ${counter} - Global Cluster</title>
<link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.path("page.css")}">
<link rel="stylesheet" href="${assets.path("embed.css")}">
<script type="module" src="${assets.path("embed.js")}"></script>
</head>
<body>
<main class="embed">
<header><h1><a href="${pagePath(counter)}">Global Cluster</a></h1></header>
<h2>Count <strong>${counter}</strong> from your own pages</h2>
<p>Copy one of these. They all count into the same total, each hit exactly once.
Its badge looks like this now: <img src="/badge/${counter}.svg?count=false" alt=""></p>
<div class="snippets">
${snippets(site, counter).map(section)}</div>
<footer>
<p>All requests and responses are described in <a href="/openapi.json">openapi.json</a>.</p>
<p><a href="${pagePath(counter)}">The page of ${counter}</a></p>
</footer>
</main>
</body>
</html>
`;
}

/** A click selects all of a snippet, by CSS alone. */
function section({ title, words, code }: Snippet): Html {
  return html`<section>
<h3>${title}</h3>
<p>${words}</p>
<pre tabindex="0" role="region" aria-label="${title}"><code>${code}</code></pre>
</section>
`;
}
