import type { AdjustmentChange, AuditEntry } from "../../../core/ledger/adjustment.ts";
import { MAX_REASON_LENGTH } from "../../../core/ledger/adjustment.ts";
import { MAX_DESTINATION_LENGTH } from "../../../core/links/destination.ts";
import type { Links } from "../../../core/links/links.ts";
import { MAX_NAME_LENGTH } from "../../../core/names.ts";
import { linkTo, unlink } from "../links/link_routes.ts";
import { type Html, html } from "../page/browser/html.js";
import { Problem } from "../problem.ts";
import { quoted } from "../problems.ts";
import { badField } from "./admin_problems.ts";
import { counterLink } from "./counters.ts";
import { type Frame, markOf, table } from "./layout.ts";

interface LinksPage {
  readonly links: Links;
  /** The link that the forms name at first; empty: none. */
  readonly name: string;
  /** What was done before this page was asked for, by the audit. */
  readonly done: Pick<AuditEntry, "counter" | "linked"> | null;
}

/** Where links lead, and forms to set and remove one. `newKey`: each form has one, so that it is done once however often it is sent. */
export function linksPage({ links, name, done }: LinksPage, frame: Frame, newKey: () => string): Html {
  const rows = [...links].sort().map(row);
  const form = (action: "link" | "unlink", title: string, fields: Html | null, danger: boolean) => html`<section>
<h3>${title}</h3>
<form method="post" action="/admin/links"${danger ? html` class="danger"` : null}>
${markOf(frame)}<input type="hidden" name="key" value="${newKey()}"><input type="hidden" name="action" value="${action}">
<label for="name-${action}">Name, which is its counter's
<input id="name-${action}" name="name" value="${name}" required maxlength="${MAX_NAME_LENGTH}" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
${fields}<label for="reason-${action}">Reason, for the audit
<input id="reason-${action}" name="reason" maxlength="${MAX_REASON_LENGTH}" autocomplete="off"></label>
<button>${danger ? "Remove" : "Set"}</button>
</form>
</section>
`;
  const url = html`<label for="url">Leads to
<input id="url" name="url" type="url" value="${links.get(name) ?? ""}" required maxlength="${MAX_DESTINATION_LENGTH}" placeholder="https://" autocomplete="off"></label>
`;
  return html`${done && note(done)}
<p>A visit of /go/ and a name is counted, and then led on to the address that is set here.</p>
${rows.length === 0 ? html`<p>There are no links.</p>` : table(["Link", "Leads to", "Counter"], rows, 3)}
${form("link", "Set a link", url, false)}${rows.length === 0 ? null : form("unlink", "Remove a link", null, true)}`;
}

function row([counter, url]: readonly [string, string]): Html {
  const change = `/admin/links?name=${encodeURIComponent(counter)}`;
  return html`<tr><th scope="row"><a href="${change}">/go/${counter}</a></th><td class="text">${url}</td><td class="text">${counterLink(counter)}</td></tr>\n`;
}

function note({ counter, linked }: NonNullable<LinksPage["done"]>): Html {
  const to = linked?.to ?? null;
  const led = linked?.from ? ` It led to ${linked.from}.` : "";
  return html`<p class="note" role="status">/go/${counter} ${to === null ? "leads nowhere now" : `leads to ${to}`}.${led}</p>`;
}

/** What a form of this page asks for. Throws Problem. */
export function linkChange(form: URLSearchParams, counter: string): AdjustmentChange {
  const action = form.get("action") ?? "";
  if (action === "link") return linkTo(counter, form.get("url"));
  if (action === "unlink") return unlink(counter);
  throw new Problem(badField(`The action is ${quoted(action)}.`, "Use the form as the page has it."));
}
