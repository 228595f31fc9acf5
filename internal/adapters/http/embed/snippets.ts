import { isSiteName } from "../../../core/visits/page_name.ts";
import { type Html, html } from "../page/browser/html.js";

/** A text to copy. */
export interface Snippet {
  readonly title: string;
  readonly words: string | Html;
  readonly code: string;
}

/** All ways to count or to show `counter`, for a cluster at `site`, for example `https://count.example`. */
export function snippets(site: string, counter: string): readonly Snippet[] {
  const badge = `${site}/badge/${counter}.svg`;
  const hits = `${site}/v1/counters/${counter}/hits`;
  const script = `<script async src="${site}/count.js" data-counter="${counter}"`;
  const endpoint = encodeURIComponent(`${site}/badge/${counter}.json`);
  return [
    ...(isSiteName(counter) ? [siteSnippet(site, counter)] : []),
    {
      title: "Any page",
      words: "One line of HTML counts each visit. It shows nothing, sets no cookie, and does not slow down your page.",
      code: `${script}></script>`,
    },
    {
      title: "Any page, with the total",
      words: html`The same, and it writes the total into the elements that ${name("data-target")} selects.`,
      code: `<p><span id="hits">Many</span> visits</p>\n${script} data-target="#hits"></script>`,
    },
    {
      title: "Badge in Markdown",
      words: html`Counts each time it is shown. With ${name("?count=false")} it does not count. ${name("label")}, ${name("color")} and ${name("style")} change its look.`,
      code: `![${counter}](${badge})`,
    },
    {
      title: "Badge in HTML",
      words: "The same badge for pages without Markdown.",
      code: `<img src="${badge}" alt="${counter}">`,
    },
    {
      title: "Digits",
      words: html`The total alone. ${name("theme")} is ${name("odometer")}, ${name("segments")} or ${name("plain")}, and ${name("digits=8")} fills it up with zeros. It follows the reader's choice of light or dark.`,
      code: `<img src="${site}/digits/${counter}.svg?theme=odometer" alt="${counter}">`,
    },
    {
      title: "Pixel",
      words: "For mail, and for pages without JavaScript: 43 invisible bytes.",
      code: `<img src="${site}/pixel/${counter}.gif" width="1" height="1" alt="">`,
    },
    {
      title: "curl",
      words: html`For scripts. With ${name("?wait=committed")} the response comes after the hit is in the store.`,
      code: `curl -X POST '${hits}'`,
    },
    {
      title: "curl, many at once",
      words: "Up to a million hits in one request. It needs a token, which must not be on a page.",
      code: `curl -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"by": 3}' '${hits}'`,
    },
    {
      title: "shields.io",
      words: "A badge with all features of shields.io. It asks for the total every few minutes, and counts nothing.",
      code: `![${counter}](https://img.shields.io/endpoint?url=${endpoint})`,
    },
    {
      title: "Command line",
      words: "The total, live in a terminal. This needs a checkout of the project.",
      code: `npx global-cluster watch ${counter} --server ${site}`,
    },
  ];
}

function siteSnippet(site: string, counter: string): Snippet {
  return {
    title: "All pages of a site",
    words: html`The same line on every page counts each page (${name(`${counter}/...`)}), the site, its visits and its visitors. ${name("data-count")} shows them. It sets no cookie.`,
    code: `<p><span data-count="page">-</span> of <span data-count="site">-</span> views</p>\n<script async src="${site}/count.js" data-site="${counter}"></script>`,
  };
}

/** Code inside a sentence. */
function name(code: string): Html {
  return html`<code class="name">${code}</code>`;
}
