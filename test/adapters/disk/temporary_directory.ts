import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import type { DataDirectory } from "../../../internal/ports/journal.ts";

/** A data directory of one test. */
export interface TestDirectory {
  readonly path: string;
  readonly data: DataDirectory;
  /** What the adapter logged. */
  readonly lines: string[];
  /** As after the end of the process. */
  reopen(): DataDirectory;
  journalPath(source: string): string;
  /** The files that hold logs. */
  files(): string[];
}

/** Runs `body` with a new data directory, at `path` if given, and deletes it. */
export function withDirectory(
  body: (directory: TestDirectory) => void,
  path = mkdtempSync(join(tmpdir(), "journal-")),
): void {
  const directory = new OpenDirectory(path);
  try {
    body(directory);
  } finally {
    directory.data.close();
    rmSync(path, { recursive: true, force: true });
  }
}

class OpenDirectory implements TestDirectory {
  readonly path: string;
  readonly lines: string[] = [];
  data: DataDirectory;

  constructor(path: string) {
    this.path = path;
    this.data = this.#open();
  }

  reopen(): DataDirectory {
    this.data.close();
    this.data = this.#open();
    return this.data;
  }

  journalPath(source: string): string {
    return join(this.path, "journals", `${source}.journal`);
  }

  files(): string[] {
    return readdirSync(join(this.path, "journals")).sort();
  }

  #open(): DataDirectory {
    return openDataDirectory(
      this.path,
      createLog({ format: "text", name: "test", write: (line) => this.lines.push(line) }),
    );
  }
}

export const SOURCE = "00000000000000aa";
export const OTHER = "00000000000000bb";
export const LEDGER = { id: "1111111111111111", version: 7 };
/** The same, with the term that wrote it. */
export const SIGHTING = { ...LEDGER, writer: "2222222222222222" };

export function counts(entries: Record<string, number>): Map<string, number> {
  return new Map(Object.entries(entries));
}
