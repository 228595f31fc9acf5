import type { AuditEntry } from "../../../core/ledger/adjustment.ts";
import { keyText } from "../../../core/ledger/audit_entries.ts";
import type { AuditPage } from "../../../ports/adjusting.ts";
import { grouped } from "../page/browser/format.js";
import { type Html, html } from "../page/browser/html.js";
import { counterLink } from "./counters.ts";
import { table } from "./layout.ts";

/** Entries on one page. */
export const AUDIT_PAGE = 50;

/** What was adjusted, newest first. */
export function auditTable({ since, entries, next }: AuditPage, mayShow: (counter: string | null) => boolean): Html {
  const rows = entries.filter(({ counter }) => mayShow(counter)).map(row);
  const older = next && html`<p><a href="/admin/audit?after=${keyText(next)}">Older entries</a></p>`;
  const kept = since !== null && html`<p>Entries before ${time(since)} are not kept.</p>`;
  const titles = ["Time", "Who", "What", "Counter", "Reason", "Before", "After", "Generation"];
  return html`${rows.length === 0 ? html`<p>Nobody has changed a counter.</p>` : table(titles, rows, 5)}${older}${kept}`;
}

function row({ at, who, action, counter, imported, linked, before, after, generation, reason }: AuditEntry): Html {
  const to = linked?.to ? ` to ${linked.to}` : "";
  const lines = imported && `lines ${imported.line} to ${imported.line + imported.lines - 1}`;
  return html`<tr><th scope="row">${time(at)}</th><td class="text">${who}</td><td class="text">${action}${to}</td><td class="text">${counter === null ? lines : counterLink(counter)}</td><td class="text">${reason}</td><td>${grouped(before)}</td><td>${grouped(after)}</td><td>${generation}</td></tr>
`;
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
