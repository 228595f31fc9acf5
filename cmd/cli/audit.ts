import type { TotalJson } from "../../internal/adapters/http/totals_json.ts";
import { printError, printJson, printLines } from "./output.ts";
import type { OwningOptions } from "./owning_commands.ts";
import { withProgress } from "./progress.ts";
import { ask, type Endpoint } from "./server.ts";
import { columns, numberText } from "./text.ts";

/** An adjustment that was done, as `GET /v1/audit` has it. */
export interface AuditEntryJson {
  readonly key: string;
  readonly at: string | null;
  readonly who: string;
  readonly action: string;
  readonly counter: string | null;
  readonly reason: string;
  readonly before: TotalJson;
  readonly after: TotalJson;
  readonly generation: number;
  readonly imported?: { readonly line: number; readonly lines: number };
  readonly linked?: { readonly from: string | null; readonly to: string | null };
}

interface AuditPageJson {
  readonly since: string | null;
  readonly entries: readonly AuditEntryJson[];
  readonly next: string | null;
}

const MAX_PAGE = 1_000;

/** The audit page by page, newest first. What is added meanwhile comes before the first page, so the pages are of one time. Throws ServerError. */
export async function* auditPages(endpoint: Endpoint, limit: number): AsyncGenerator<AuditPageJson> {
  let left = limit;
  for (let after = ""; left > 0; ) {
    const query = `limit=${Math.min(left, MAX_PAGE)}${after && `&after=${after}`}`;
    const page = JSON.parse(await withProgress("the audit", ask(endpoint, `/v1/audit?${query}`))) as AuditPageJson;
    yield page;
    left -= MAX_PAGE;
    if (page.next === null) return;
    after = page.next;
  }
}

/** `global-cluster audit`. */
export async function audit({ json, limit, ...endpoint }: OwningOptions): Promise<void> {
  const entries: AuditEntryJson[] = [];
  let since: string | null = null;
  for await (const page of auditPages(endpoint, limit)) {
    since = page.since;
    if (json) for (const entry of page.entries) printJson(JSON.stringify(entry));
    else entries.push(...page.entries);
  }
  if (json) return;
  if (entries.length === 0) printLines("Nobody has changed a counter.");
  else printLines(columns([TITLES, ...entries.map(row)], NUMERIC).join("\n"));
  if (since !== null) printError(`Older entries than those of ${since} are not kept.`);
}

const TITLES = ["AT", "WHO", "WHAT", "COUNTER", "BEFORE", "AFTER", "GENERATION", "REASON"];
const NUMERIC = [false, false, false, false, true, true, true, false];

function row({ at, who, action, counter, before, after, generation, reason, ...entry }: AuditEntryJson): string[] {
  const { imported, linked } = entry;
  const did = linked?.to ? `${action} to ${linked.to}` : action;
  const what = imported ? `lines ${imported.line} to ${imported.line + imported.lines - 1}` : "";
  return [at ?? "", who, did, counter ?? what, text(before), text(after), String(generation), reason];
}

function text(total: TotalJson): string {
  return total === null ? "" : numberText(total);
}
