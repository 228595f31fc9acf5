import { existsSync, openSync, readFileSync, writeSync } from "node:fs";
import type { LedgerPosition } from "../../core/log/batch.ts";
import { JournalError } from "../../ports/journal.ts";
import { closeForGood, replaceFile, syncDirectory } from "./durable_files.ts";
import { isSighting } from "./journal_reader.ts";

/** More than any record needs, less than the sector that a disk writes in one piece. */
const RECORD_LENGTH = 256;

/** The file that remembers the newest ledger a node has heard of. */
export class KnownLedgerFile {
  readonly #path: string;
  #ledger: LedgerPosition | null;
  #fd = -1;

  /** Throws JournalError. */
  constructor(path: string) {
    this.#path = path;
    this.#ledger = existsSync(path) ? readLedger(path) : null;
  }

  get ledger(): LedgerPosition | null {
    return this.#ledger;
  }

  /** A new id is on disk when this returns; a new version of the same ledger is in the page cache. Throws JournalError. */
  note(ledger: LedgerPosition): void {
    const { id, version, writer } = ledger;
    const record = `${JSON.stringify({ id, version, writer }).padEnd(RECORD_LENGTH - 1)}\n`;
    try {
      if (id === this.#ledger?.id) this.#overwrite(record);
      else this.#replace(record);
    } catch (cause) {
      throw new JournalError(`${this.#path} could not be written: ${(cause as Error).message}`, true, { cause });
    }
    this.#ledger = { id, version, writer };
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) closeForGood(fd);
  }

  /** In place and not synced, because this happens every round: a torn write cannot happen within a sector. */
  #overwrite(record: string): void {
    if (this.#fd < 0) this.#fd = openSync(this.#path, "r+");
    writeSync(this.#fd, record, 0);
  }

  #replace(record: string): void {
    const fd = replaceFile(this.#path, record);
    this.close();
    this.#fd = fd;
    syncDirectory(this.#path);
  }
}

function readLedger(path: string): LedgerPosition {
  const text = readFileSync(path, "utf8");
  try {
    const ledger: unknown = JSON.parse(text);
    if (isSighting(ledger)) return ledger;
  } catch (cause) {
    throw damaged(path, { cause });
  }
  throw damaged(path);
}

function damaged(path: string, options?: ErrorOptions): JournalError {
  return new JournalError(
    `${path} does not say which ledger this node knows; delete it to start without that knowledge`,
    true,
    options,
  );
}
