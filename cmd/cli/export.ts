import type { HistoryJson } from "../../internal/adapters/http/history/history_route.ts";
import type { CountersJson, TotalJson } from "../../internal/adapters/http/totals_json.ts";
import { type AuditEntryJson, auditPages } from "./audit.ts";
import { printError, writeText } from "./output.ts";
import type { EXPORTS, OwningOptions } from "./owning_commands.ts";
import { Progress } from "./progress.ts";
import { ask, type Endpoint, pause, ServerError } from "./server.ts";
import { plural } from "./text.ts";

type Row = Readonly<Record<string, TotalJson | undefined>>;

const MAX_PAGE = 1_000;
/** Rounds may come while the pages are read, and then the reading begins again. */
const ATTEMPTS = 20;
const PAUSE_MS = 200;

/** `global-cluster export`. Throws ServerError. */
export async function exportAll(
  what: (typeof EXPORTS)[number],
  { format, ...endpoint }: OwningOptions,
  stopped: AbortSignal,
): Promise<void> {
  const columns = COLUMNS[what];
  if (format === "csv") await writeText(`${columns.join(",")}\n`);
  const lineOf = format === "csv" ? (row: Row) => csvLine(columns, row) : (row: Row) => `${JSON.stringify(row)}\n`;
  for await (const rows of ROWS[what](endpoint, stopped)) {
    if (stopped.aborted) break;
    await writeText(rows.map(lineOf).join(""));
  }
  if (!stopped.aborted) return;
  printError("Stopped. The output is not whole.");
  process.exitCode = 130;
}

const COLUMNS: Readonly<Record<(typeof EXPORTS)[number], readonly string[]>> = {
  totals: ["counter", "region", "value"],
  days: ["counter", "day", "hits"],
  audit: [
    ...["at", "who", "action", "counter", "before", "after", "generation", "reason", "key"],
    ...["link_before", "link_after", "first_line", "lines"],
  ],
};

type RowsOf = (endpoint: Endpoint, stopped: AbortSignal) => AsyncGenerator<readonly Row[]>;

const ROWS: Readonly<Record<(typeof EXPORTS)[number], RowsOf>> = { totals, days, audit: auditRows };

/** The totals by region, in the order of the counters' names. Nothing is written before all are of one version of the ledger. */
async function* totals(endpoint: Endpoint, stopped: AbortSignal): AsyncGenerator<readonly Row[]> {
  const progress = new Progress();
  for (let attempt = 1; !stopped.aborted; attempt++) {
    const read = await pagesOfOneVersion(endpoint, stopped, progress);
    if (read !== null) {
      progress.end();
      for (const { counters } of read.pages) yield counters.flatMap(rowsOf);
      if (!stopped.aborted) printError(`exported ${plural(read.count, "counter")} of version ${read.version}`);
      return;
    }
    if (attempt === ATTEMPTS) {
      const why = "The totals changed each time before all were read";
      throw new ServerError(`${why}. Try again when fewer hits are counted.`, { temporary: true });
    }
    progress.show("the totals changed; reading them again");
    await pause(PAUSE_MS, stopped);
  }
}

/** Null: the ledger moved while they were read. */
async function pagesOfOneVersion(endpoint: Endpoint, stopped: AbortSignal, progress: Progress) {
  const pages: CountersJson[] = [];
  let count = 0;
  for await (const page of counterPages(endpoint, stopped)) {
    if (page.version !== (pages[0] ?? page).version) return null;
    pages.push(page);
    count += page.counters.length;
    progress.show(`read ${plural(count, "counter")}`);
  }
  return stopped.aborted ? null : { pages, count, version: pages[0]?.version ?? null };
}

async function* counterPages(endpoint: Endpoint, stopped: AbortSignal): AsyncGenerator<CountersJson> {
  for (let after: string | null = ""; after !== null && !stopped.aborted; ) {
    const query: string = `limit=${MAX_PAGE}${after && `&after=${encodeURIComponent(after)}`}`;
    const page = JSON.parse(await ask(endpoint, `/v1/counters?${query}`)) as CountersJson;
    yield page;
    after = page.next;
  }
}

function rowsOf({ counter, regions }: CountersJson["counters"][number]): Row[] {
  return Object.entries(regions).map(([region, value]) => ({ counter, region, value }));
}

const DAY_MS = 24 * 3_600_000;
/** A day more than any cluster keeps. */
const MOST_DAYS = 401;
/** Counters that are asked about at the same time. */
const AT_ONCE = 8;

/** The hits of each UTC day, counter by counter. Those of one counter are of one version; today's are not over yet. */
async function* days(endpoint: Endpoint, stopped: AbortSignal): AsyncGenerator<readonly Row[]> {
  const progress = new Progress();
  const now = Date.now();
  const query = `by=day&from=${dayText(now - MOST_DAYS * DAY_MS)}&to=${dayText(now + DAY_MS)}`;
  let count = 0;
  for await (const { counters } of counterPages(endpoint, stopped)) {
    for (let at = 0; at < counters.length && !stopped.aborted; at += AT_ONCE) {
      const some = counters.slice(at, at + AT_ONCE).map(({ counter }) => daysOf(endpoint, counter, query));
      yield (await Promise.all(some)).flat();
      count += some.length;
      progress.show(`exported the days of ${plural(count, "counter")}`);
    }
  }
  progress.end();
}

async function daysOf(endpoint: Endpoint, counter: string, query: string): Promise<Row[]> {
  const { hits } = JSON.parse(await ask(endpoint, `/v1/counters/${counter}/history?${query}`)) as HistoryJson;
  return hits.map(({ at, hits }) => ({ counter, day: at.slice(0, 10), hits }));
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

async function* auditRows(endpoint: Endpoint): AsyncGenerator<readonly Row[]> {
  for await (const { entries } of auditPages(endpoint, Number.POSITIVE_INFINITY)) yield entries.map(auditRow);
}

/** Each entry has all fields: those of links are empty unless it changed one, and those of lines unless it imported them. */
function auditRow({ imported, linked, ...entry }: AuditEntryJson): Row {
  const { at, who, action, counter, before, after, generation, reason, key } = entry;
  const links = { link_before: linked?.from ?? null, link_after: linked?.to ?? null };
  const lines = { first_line: imported?.line ?? null, lines: imported?.lines ?? null };
  return { at, who, action, counter, before, after, generation, reason, key, ...links, ...lines };
}

function csvLine(columns: readonly string[], row: Row): string {
  return `${columns.map((column) => csvField(String(row[column] ?? ""))).join(",")}\n`;
}

/** Quotes a field if it needs quotes (RFC 4180). */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
