import { goatcounterTable } from "./goatcounter.ts";
import type { FoundLine } from "./import_line.ts";
import { abacusTable, busuanziTable } from "./responses.ts";
import { csvTable, ndjsonTable } from "./tables.ts";
import { textLines } from "./text_lines.ts";

export const SOURCES = ["csv", "ndjson", "goatcounter", "abacus", "busuanzi"] as const;
export type Source = (typeof SOURCES)[number];

/** What a file has for each counter. `site`: the site whose pages GoatCounter counted. Throws ImportError. */
export function readImport(path: string, source: Source, site: string): AsyncIterable<FoundLine> {
  const lines = textLines(path);
  const readers: Readonly<Record<Source, () => AsyncIterable<FoundLine>>> = {
    csv: () => csvTable(lines),
    ndjson: () => ndjsonTable(lines),
    goatcounter: () => goatcounterTable(lines, site),
    abacus: () => abacusTable(lines),
    busuanzi: () => busuanziTable(lines),
  };
  return readers[source]();
}

/** Where a file seems to be from, by its name. */
export function sourceOf(path: string): Source {
  return /\.csv(?:\.gz)?$/i.test(path) ? "csv" : "ndjson";
}
