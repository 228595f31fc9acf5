import type { Context } from "koa";
import { asciiHtml } from "../page/ascii_html.ts";
import type { Assets } from "../page/assets.ts";
import { type Html, html } from "../page/browser/html.js";
import { POLICY, setPageHeaders } from "../page/page.ts";
import { FORM_MARK } from "./form_guard.ts";

/** What all admin pages show around their content. */
export interface Frame {
  readonly assets: Assets;
  /** The person, as the audit names it; null: nobody has signed in. */
  readonly who: string | null;
  /** Whether the person can sign out. */
  readonly signedIn: boolean;
  /** The mark of the person's forms (`form_guard.ts`). */
  readonly mark: string;
}

/** The pages, in the order of the navigation. */
const PAGES = [
  ["/admin", "Overview"],
  ["/admin/counters", "Counters"],
  ["/admin/links", "Links"],
  ["/admin/usage", "Usage"],
  ["/admin/audit", "Audit"],
  ["/admin/tokens", "Tokens"],
] as const;

/** No scripts, and forms only to this address. */
const ADMIN_POLICY = POLICY.replace("form-action 'none'", "form-action 'self'").replace(
  "script-src 'self'",
  "script-src 'none'",
);

/** Responds with a page. Its title is that of the browser's tab, too. */
export function sendPage(ctx: Context, frame: Frame, title: string, content: Html): void {
  setPageHeaders(ctx);
  // Without the address of the page, browsers would not say where a form comes from.
  ctx.set({ "Content-Security-Policy": ADMIN_POLICY, "Referrer-Policy": "same-origin" });
  ctx.body = asciiHtml(String(document(frame, ctx.path, title, content)));
}

function document(frame: Frame, path: string, title: string, content: Html): Html {
  const styles = ["page.css", "embed.css", "admin.css"].map((name) => frame.assets.path(name));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - Admin - Global Cluster</title>
<link rel="icon" href="${frame.assets.path("icon.svg")}" type="image/svg+xml">
${styles.map((style) => html`<link rel="stylesheet" href="${style}">\n`)}</head>
<body>
<main class="embed admin">
<header><h1><a href="/admin">Global Cluster admin</a></h1>${frame.who === null ? null : person(frame, frame.who)}</header>
${frame.who === null ? null : navigation(path)}
<h2 id="title">${title}</h2>
${content}
</main>
</body>
</html>
`;
}

function person(frame: Frame, who: string): Html {
  const signOut = html`<form method="post" action="/admin/sign-out">${markOf(frame)}<button>Sign out</button></form>`;
  return html`<p class="person">${who}</p>${frame.signedIn ? signOut : null}`;
}

function navigation(path: string): Html {
  const links = PAGES.map(([at, name]) => {
    const current = at === path || (at === "/admin/counters" && path === "/admin/counter");
    return html`<a href="${at}"${current ? html` aria-current="page"` : null}>${name}</a>\n`;
  });
  return html`<nav aria-label="Admin pages">${links}</nav>`;
}

/** The hidden field that every form has. */
export function markOf({ mark }: Frame): Html {
  return html`<input type="hidden" name="${FORM_MARK}" value="${mark}">`;
}

/** A table with a title for screen readers. `texts`: the number of columns with text. Those after them have numbers. */
export function table(titles: readonly string[], rows: readonly Html[], texts = 1): Html {
  const heads = titles.map(
    (title, at) => html`<th scope="col"${at < texts ? html` class="text"` : null}>${title}</th>`,
  );
  return html`<div class="scroll" role="region" aria-labelledby="title" tabindex="0"><table class="list">
<thead><tr>${heads}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>`;
}
