import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { ImportError } from "./import_line.ts";

/** A line of a file, without its end. Lines are numbered from 1. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
}

/** The lines of a text file, which may be compressed with gzip (`.gz`). Throws ImportError if it cannot be read. */
export async function* textLines(path: string): AsyncGenerator<TextLine> {
  const file = createReadStream(path);
  const input = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  // A failure of the file does not reach what it is piped into.
  file.on("error", (error) => input.destroy(error));
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      yield { line, text: line === 1 ? text.replace(/^\ufeff/, "") : text };
    }
    if (input.errored) throw input.errored;
  } catch (error) {
    if (error instanceof ImportError) throw error;
    throw new ImportError(null, `Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}.`);
  } finally {
    file.destroy();
  }
}
