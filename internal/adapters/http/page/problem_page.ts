import type { ProblemFields } from "../problem.ts";
import { asciiHtml } from "./ascii_html.ts";
import type { Assets } from "./assets.ts";
import { html } from "./browser/html.js";

/** A problem as a page for browsers: the same texts that other clients get as JSON, and a link to the main page. ASCII only. */
export function problemPage({ title, detail, remedy }: ProblemFields, assets: Assets): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - Global Cluster</title>
<link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.path("page.css")}">
<link rel="stylesheet" href="${assets.path("embed.css")}">
</head>
<body>
<main class="embed">
<header><h1><a href="/">Global Cluster</a></h1></header>
<h2>${title}</h2>
<p>${detail}</p>
<p>${remedy}</p>
</main>
</body>
</html>
`;
  return asciiHtml(String(page));
}
