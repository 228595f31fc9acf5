import { pageName } from "../../../internal/core/visits/page_name.ts";
import { botsOf } from "../../../internal/core/visits/site_counters.ts";
import { csvRows } from "./csv_rows.ts";
import { type FoundLine, ImportError, importLine } from "./import_line.ts";
import { Sums } from "./sums.ts";
import type { TextLine } from "./text_lines.ts";

/** Versions of the export that are read. The number stands before the name of the first column. */
const HEADER = /^([12])Path$/;

interface Columns {
  readonly path: number;
  readonly event: number;
  readonly bot: number;
}

/**
 * GoatCounter's CSV export (https://www.goatcounter.com/help/export): a row for each page view. They are added up by page and for the site, as
 * `count.js` counts them; views by programs (`Bot`) are set aside. Events are no views and are left out. So are sessions: GoatCounter's last
 * for 8 hours, and a visit here ends after 30 minutes.
 */
export async function* goatcounterTable(lines: AsyncIterable<TextLine>, site: string): AsyncGenerator<FoundLine> {
  const sums = new Sums();
  let columns: Columns | null = null;
  for await (const { line, fields } of csvRows(lines)) {
    if (columns === null) {
      columns = columnsOf(line, fields);
      continue;
    }
    const path = fields[columns.path] ?? "";
    if (fields.length <= Math.max(columns.path, columns.event, columns.bot))
      throw new ImportError(line, `has ${fields.length} fields, and is not a whole row`);
    if (fields[columns.event] === "true") continue;
    if (fields[columns.bot] !== "0") sums.add(botsOf(site), 1n, line);
    else {
      sums.add(site, 1n, line);
      sums.add(pageName(site, path), 1n, line);
    }
  }
  if (columns === null) throw new ImportError(null, "The file is empty.");
  for (const { counter, value, line } of sums.sorted()) yield importLine(line, counter, String(value), null);
}

function columnsOf(line: number, names: readonly string[]): Columns {
  const found = {
    path: names.findIndex((name) => HEADER.test(name)),
    event: names.indexOf("Event"),
    bot: names.indexOf("Bot"),
  };
  if (found.path === 0 && found.event !== -1 && found.bot !== -1) return found;
  throw new ImportError(
    line,
    "is not the header of GoatCounter's CSV export of version 1 or 2, which begins with 1Path or 2Path",
  );
}
