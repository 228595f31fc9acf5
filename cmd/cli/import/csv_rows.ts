import { ImportError } from "./import_line.ts";
import type { TextLine } from "./text_lines.ts";

/** A row of a CSV file. `line`: where it begins. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Most lines of one row: a quote that is never closed must not take the whole file into memory. */
const MOST_LINES_OF_ROW = 1_000;

/**
 * The rows of a CSV file (RFC 4180): fields in quotes may hold commas, line ends and doubled quotes. Empty lines are skipped. Throws
 * ImportError.
 */
export async function* csvRows(lines: AsyncIterable<TextLine>): AsyncGenerator<CsvRow> {
  let open: { line: number; text: string; lines: number } | null = null;
  for await (const { line, text } of lines) {
    const row: { line: number; text: string; lines: number } =
      open === null ? { line, text, lines: 1 } : { ...open, text: `${open.text}\n${text}`, lines: open.lines + 1 };
    open = null;
    if (row.text === "") continue;
    const fields = fieldsOf(row.line, row.text);
    if (fields !== null) yield { line: row.line, fields };
    else if (row.lines < MOST_LINES_OF_ROW) open = row;
    else break;
  }
  if (open !== null) throw new ImportError(open.line, "a quote is not closed");
}

/** Null: a quoted field goes on in the next line. */
function fieldsOf(line: number, text: string): string[] | null {
  const fields: string[] = [];
  for (let at = 0; at <= text.length; at++) {
    if (text[at] !== '"') {
      const end = text.indexOf(",", at);
      const field = end === -1 ? text.slice(at) : text.slice(at, end);
      if (field.includes('"'))
        throw new ImportError(line, `a quote stands inside of the field ${JSON.stringify(field)}`);
      fields.push(field);
      at += field.length;
      continue;
    }
    const end = closingQuote(text, at + 1);
    if (end === -1) return null;
    fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
    at = end + 1;
    if (at < text.length && text[at] !== ",")
      throw new ImportError(line, "after a quote, a comma or the end must follow");
  }
  return fields;
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}
