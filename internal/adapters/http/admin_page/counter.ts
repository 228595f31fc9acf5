import type { AuditEntry } from "../../../core/ledger/adjustment.ts";
import { MAX_ADJUSTED_TOTAL, MAX_REASON_LENGTH } from "../../../core/ledger/adjustment.ts";
import type { Counting } from "../../../ports/counting.ts";
import { grouped } from "../page/browser/format.js";
import { type Html, html } from "../page/browser/html.js";
import { pagePath } from "../page_path.ts";
import { type Frame, markOf, table } from "./layout.ts";

/** What was done before this page was asked for, by the audit. */
export type Done = Pick<AuditEntry, "action" | "before" | "after"> | null;

/** A counter, and forms to set, reset and delete it. `key`: each form has one, so that it is done once however often it is sent. */
export function counterPage(counting: Counting, counter: string, frame: Frame, newKey: () => string, done: Done): Html {
  const reading = counting.read(counter);
  const exists = reading !== undefined;
  const form = (action: string, button: string, fields: Html | null, danger: boolean) => html`<section>
<form method="post" action="/admin/counter"${danger ? html` class="danger"` : null}>
${markOf(frame)}<input type="hidden" name="key" value="${newKey()}"><input type="hidden" name="action" value="${action}"><input type="hidden" name="name" value="${counter}">
${fields}<label for="reason-${action}">Reason, for the audit
<input id="reason-${action}" name="reason" maxlength="${MAX_REASON_LENGTH}" autocomplete="off"></label>
<button>${button}</button>
</form>
</section>
`;
  const value = html`<label for="value" class="value">New total
<input id="value" name="value" required inputmode="numeric" pattern="[0-9]{1,19}" title="a whole number from 0 to ${MAX_ADJUSTED_TOTAL}" autocomplete="off"></label>
`;
  return html`${done && note(counter, done)}
<p>${exists ? html`<a href="${pagePath(counter)}">The page of ${counter}</a> counts a view when it is opened.` : html`${counter} does not exist. Setting it creates it.`}</p>
<dl>
<div><dt>Total</dt><dd>${grouped(reading?.value ?? (exists ? null : 0n))}</dd></div>
<div><dt>Committed</dt><dd>${grouped(reading?.committed ?? (exists ? null : 0n))}</dd></div>
<div><dt>Not committed yet, on this node</dt><dd>${grouped(reading?.pending ?? 0)}</dd></div>
</dl>
${form("set", "Set", value, false)}${exists ? html`${form("reset", "Set to 0", null, true)}${form("delete", "Delete", null, true)}` : null}
<p>Hits that are not committed yet are added afterwards. A deleted counter comes back with its next hit.</p>
${reading && reading.regions.size > 0 ? regions(reading.regions) : null}`;
}

function note(counter: string, { action, before, after }: NonNullable<Done>): Html {
  const what = action === "delete" ? "deleted" : `set to ${grouped(after)}`;
  return html`<p class="note" role="status">${counter} was ${what}. It had ${grouped(before)}.</p>`;
}

function regions(totals: ReadonlyMap<string, bigint>): Html {
  const rows = [...totals].sort(([, a], [, b]) => (a < b ? 1 : -1));
  return html`<section>
<h3>Regions</h3>
${table(
  ["Region", "Committed"],
  rows.map(([region, total]) => html`<tr><th scope="row">${region}</th><td>${grouped(total)}</td></tr>\n`),
)}
</section>`;
}
