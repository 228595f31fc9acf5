import type { ProblemFields } from "../../problem.ts";
import { asciiHtml } from "../ascii_html.ts";
import type { Assets } from "../assets.ts";
import { type Html, html } from "../browser/html.js";
import { wordsFor } from "./problem_words.ts";

/** What a page about a problem offers. */
export interface WaysOn {
  /** Path of the page that was probably meant; null: none is similar. */
  readonly near: string | null;
  /** Whether the same request may succeed later. */
  readonly again: boolean;
}

/** A problem as a page for people. Below their words are those that programs get. ASCII only. */
export function problemPage(fields: ProblemFields, assets: Assets, waysOn: WaysOn): string {
  const { title, detail, remedy, status } = fields;
  const { headline, words } = wordsFor(fields);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${headline} - Global Cluster</title>
<link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.path("page.css")}">
<link rel="stylesheet" href="${assets.path("embed.css")}">
</head>
<body>
<main class="embed problem">
<header><h1><a href="/">Global Cluster</a></h1></header>
<p class="status">${status}</p>
<h2>${headline}</h2>
<p>${words}</p>
${onward(fields, waysOn)}
<details>
<summary>What programs are told</summary>
<h3>${title}</h3>
<p>${detail}</p>
<p>${remedy}</p>
</details>
<footer><p><a href="/">Global Cluster</a> <a href="/counters">Counters</a></p></footer>
</main>
</body>
</html>
`;
  return asciiHtml(String(page));
}

/** The most useful next step. An empty address is the page's own. */
function onward({ headers, destination }: ProblemFields, { near, again }: WaysOn): Html | null {
  if (destination !== undefined)
    return html`<p class="onward">Your visit was not counted. Go on to <a href="${destination}">${destination}</a></p>`;
  if (near !== null) return html`<p class="onward">Did you mean <a href="${near}">${near}</a>?</p>`;
  if (!again) return null;
  const seconds = headers?.["Retry-After"];
  return html`<p class="onward"><a href="">Try again</a>${seconds && ` in ${seconds} ${seconds === "1" ? "second" : "seconds"}`}</p>`;
}
