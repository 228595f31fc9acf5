import { type CsvRow, csvRows } from "./csv_rows.ts";
import { type FoundLine, ImportError, importLine } from "./import_line.ts";
import type { TextLine } from "./text_lines.ts";

/** Names that a column may have, in any order of columns. Export writes the first of each. */
const COLUMNS = {
  counter: ["counter", "name"],
  value: ["value", "hits", "count", "total", "committed"],
  region: ["region"],
} as const;

/** Names and numbers in CSV. The first line names the columns; without such a line they are name, number and region. */
export async function* csvTable(lines: AsyncIterable<TextLine>): AsyncGenerator<FoundLine> {
  let columns: Columns | null = null;
  for await (const row of csvRows(lines)) {
    if (columns === null) {
      columns = columnsOf(row);
      if (columns.named) continue;
    }
    const { counter, value, region } = columns;
    yield importLine(
      row.line,
      row.fields[counter]?.trim(),
      row.fields[value]?.trim(),
      region === -1 ? null : row.fields[region],
    );
  }
}

interface Columns {
  readonly named: boolean;
  readonly counter: number;
  readonly value: number;
  /** -1: there is none. */
  readonly region: number;
}

function columnsOf({ line, fields }: CsvRow): Columns {
  if (/^\d+$/.test(fields[1]?.trim() ?? "")) return { named: false, counter: 0, value: 1, region: 2 };
  const names = fields.map((field) => field.trim().toLowerCase());
  const find = (known: readonly string[]) => names.findIndex((name) => known.includes(name));
  const found = {
    named: true,
    counter: find(COLUMNS.counter),
    value: find(COLUMNS.value),
    region: find(COLUMNS.region),
  };
  if (found.counter !== -1 && found.value !== -1) return found;
  throw new ImportError(
    line,
    `the first line must name the columns counter and value, and does not: ${fields.join(",")}`,
  );
}

/** Names and numbers in NDJSON, as `global-cluster export totals` writes them. */
export async function* ndjsonTable(lines: AsyncIterable<TextLine>): AsyncGenerator<FoundLine> {
  for await (const { line, text } of lines) {
    if (text.trim() === "") continue;
    const { counter, value, region } = objectIn(line, text);
    yield importLine(line, counter, value, region);
  }
}

const MEMBERS = ["counter", "value", "region"];

function objectIn(line: number, text: string): Record<string, unknown> {
  const json = parsed(text);
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new ImportError(line, 'must be a JSON object such as {"counter": "blog", "value": 12}');
  const unknown = Object.keys(json).find((key) => !MEMBERS.includes(key));
  if (unknown === undefined) return json as Record<string, unknown>;
  throw new ImportError(line, `has a member ${JSON.stringify(unknown)}; it may have ${MEMBERS.join(", ")}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
