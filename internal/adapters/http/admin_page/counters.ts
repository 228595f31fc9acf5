import { MAX_NAME_LENGTH } from "../../../core/names.ts";
import type { Counting } from "../../../ports/counting.ts";
import { grouped } from "../page/browser/format.js";
import { type Html, html } from "../page/browser/html.js";
import { totalsJson } from "../totals_json.ts";
import { table } from "./layout.ts";

/** Counters on one page. */
const PAGE = 100;

/** Counters whose names begin with `prefix`, after the name `after`, with a form to search. */
export function counters(
  counting: Counting,
  { prefix, after }: { readonly prefix: string; readonly after: string },
  mayShow: (counter: string) => boolean,
): Html {
  const found = matching(counting, prefix, after).filter(mayShow);
  const shown = found.slice(0, PAGE);
  const next = found.length > PAGE ? shown.at(-1) : undefined;
  const query = prefix === "" ? "" : `prefix=${encodeURIComponent(prefix)}&`;
  return html`<form action="/admin/counters" role="search">
<label for="prefix">Name begins with
<input id="prefix" name="prefix" value="${prefix}" maxlength="${MAX_NAME_LENGTH}" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
<button>Search</button>
</form>
<form action="/admin/counter">
<label for="name">One counter, which may be new
<input id="name" name="name" required maxlength="${MAX_NAME_LENGTH}" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
<button>Open</button>
</form>
${
  shown.length === 0
    ? html`<p>There are no such counters.</p>`
    : table(
        ["Counter", "Committed"],
        shown.map((name) => row(counting, name)),
      )
}
${next === undefined ? null : html`<p><a href="/admin/counters?${query}after=${encodeURIComponent(next)}">Next counters</a></p>`}`;
}

/** Up to one more than a page. */
function matching(counting: Counting, prefix: string, after: string): string[] {
  const names: string[] = [];
  // `list` has what comes after a name, so the counter that is named like the prefix comes first.
  if (after === "" && prefix !== "" && (counting.read(prefix)?.regions.size ?? 0) > 0) names.push(prefix);
  const rest = counting.list(after === "" ? prefix : after, PAGE + 1).map(({ counter }) => counter);
  return [...names, ...rest.filter((name) => name.startsWith(prefix))].slice(0, PAGE + 1);
}

function row(counting: Counting, name: string): Html {
  const reading = counting.read(name);
  const { committed } = totalsJson({ counter: name, regions: reading?.regions ?? new Map() });
  return html`<tr><th scope="row">${counterLink(name)}</th><td>${grouped(committed)}</td></tr>\n`;
}

/** A link to the admin page of a counter. */
export function counterLink(counter: string): Html {
  return html`<a href="/admin/counter?name=${encodeURIComponent(counter)}">${counter}</a>`;
}
