import { type Html, html } from "../page/browser/html.js";

/** Something to copy. */
export interface Snippet {
  readonly title: string;
  readonly words: string | Html;
  readonly code: string;
}

/** Every way to count `counter` or to show it, for a cluster that is reached at `site` (`https://count.example`). */
export function snippets(site: string, counter: string): readonly Snippet[] {
  const badge = `${site}/badge/${counter}.svg`;
  const hits = `${site}/v1/counters/${counter}/hits`;
  const script = `<script async src="${site}/count.js" data-counter="${counter}"`;
  const endpoint = encodeURIComponent(`${site}/badge/${counter}.json`);
  return [
    {
      title: "Any page",
      words:
        "One line of HTML counts each visit. Nothing is shown, no cookie is set, and your page does not wait for it.",
      code: `${script}></script>`,
    },
    {
      title: "Any page, with the total",
      words: html`The same, and the total is written into the elements that ${name("data-target")} selects.`,
      code: `<p><span id="hits">Many</span> visits</p>\n${script} data-target="#hits"></script>`,
    },
    {
      title: "Badge in Markdown",
      words: html`Counts whenever it is shown. With ${name("?count=false")} it only shows; ${name("label")}, ${name("color")} and ${name("style")} change what it looks like.`,
      code: `![${counter}](${badge})`,
    },
    {
      title: "Badge in HTML",
      words: "The same where there is no Markdown.",
      code: `<img src="${badge}" alt="${counter}">`,
    },
    {
      title: "Pixel",
      words: "For mail, and for pages without JavaScript: 43 bytes that nobody sees.",
      code: `<img src="${site}/pixel/${counter}.gif" width="1" height="1" alt="">`,
    },
    {
      title: "curl",
      words: html`From scripts. Add ${name("?wait=committed")} to the address to be answered once the hit is in the store.`,
      code: `curl -X POST '${hits}'`,
    },
    {
      title: "curl, many at once",
      words: "Up to a million hits in one request.",
      code: `curl -X POST -H 'Content-Type: application/json' -d '{"by": 3}' '${hits}'`,
    },
    {
      title: "shields.io",
      words: "Its badge, with everything that it can do. It asks every few minutes, and counts nothing.",
      code: `![${counter}](https://img.shields.io/endpoint?url=${endpoint})`,
    },
    {
      title: "Command line",
      words: "The total, live in a terminal. For this you need a checkout of this project.",
      code: `npx global-cluster watch ${counter} --server ${site}`,
    },
  ];
}

/** What is written in code, within words. */
function name(code: string): Html {
  return html`<code class="name">${code}</code>`;
}
