import { pageName } from "../../../internal/core/visits/page_name.ts";
import { botsOf } from "../../../internal/core/visits/site_counters.ts";
import { csvRows } from "./csv_rows.ts";
import { type FoundLine, ImportError, importLine } from "./import_line.ts";
import { Sums } from "./sums.ts";
import type { TextLine } from "./text_lines.ts";

/** The first column's name, with the version of the export before it. */
const FIRST_COLUMN = /^(\d+)Path$/;
const VERSIONS = ["1", "2"];
/** How a ZIP file begins. */
const ZIP = "PK\u0003\u0004";
const YES = ["1", "true"];
const NO = ["0", "false"];

interface Columns {
  readonly path: number;
  readonly event: number;
  readonly bot: number;
}

/**
 * GoatCounter's CSV export: a row for each page view (https://www.goatcounter.com/help/export, and `exportcsv.go` of arp242/goatcounter v2.7.0,
 * which writes version 2). They are added up by page and for the site, as `count.js` counts them; views by programs (`Bot`) are set aside.
 * Events are no views and are left out: the documentation says `true` or `false`, the program writes 1 or 0. Sessions are left out, too:
 * GoatCounter's last for 8 hours, and a visit here ends after 30 minutes.
 */
export async function* goatcounterTable(lines: AsyncIterable<TextLine>, site: string): AsyncGenerator<FoundLine> {
  const sums = new Sums();
  let columns: Columns | null = null;
  for await (const { line, fields } of csvRows(withoutZip(lines))) {
    if (columns === null) columns = columnsOf(line, fields);
    else addView(sums, site, { line, fields }, columns);
  }
  if (columns === null) throw new ImportError(null, "The file is empty.");
  for (const { counter, value, line } of sums.sorted()) yield importLine(line, counter, String(value), null);
}

function addView(
  sums: Sums,
  site: string,
  { line, fields }: { readonly line: number; readonly fields: readonly string[] },
  columns: Columns,
): void {
  const [path, event, bot] = [fields[columns.path], fields[columns.event], fields[columns.bot]];
  if (path === undefined || event === undefined || bot === undefined)
    throw new ImportError(line, `has ${fields.length} fields, and is not a whole row`);
  if (!NO.includes(event) && !YES.includes(event))
    throw new ImportError(line, `Event is ${JSON.stringify(event)}, and must be ${[...NO, ...YES].join(", ")}`);
  if (!/^\d+$/.test(bot)) throw new ImportError(line, `Bot is ${JSON.stringify(bot)}, and must be a number`);
  if (YES.includes(event)) return;
  if (bot !== "0") return sums.add(botsOf(site), 1n, line);
  sums.add(site, 1n, line);
  sums.add(pageName(site, path), 1n, line);
}

async function* withoutZip(lines: AsyncIterable<TextLine>): AsyncGenerator<TextLine> {
  for await (const line of lines) {
    if (line.line === 1 && line.text.startsWith(ZIP))
      throw new ImportError(null, "The file is a ZIP file, as GoatCounter's JSON export is. Use its CSV export.");
    yield line;
  }
}

function columnsOf(line: number, names: readonly string[]): Columns {
  const version = FIRST_COLUMN.exec(names[0] ?? "")?.[1];
  if (version !== undefined && !VERSIONS.includes(version))
    throw new ImportError(
      line,
      `has version ${version} of GoatCounter's CSV export; this program reads versions ${VERSIONS.join(" and ")}`,
    );
  const found = { path: 0, event: names.indexOf("Event"), bot: names.indexOf("Bot") };
  if (version !== undefined && found.event !== -1 && found.bot !== -1) return found;
  throw new ImportError(line, "is not the header of GoatCounter's CSV export, which begins with 1Path or 2Path");
}
