import { existsSync, openSync, readFileSync, writeSync } from "node:fs";
import type { LedgerPosition } from "../../core/log/batch.ts";
import { JournalError } from "../../ports/journal.ts";
import { closeForGood, replaceFile, syncDirectory } from "./durable_files.ts";
import { type FileIdentity, identityAt, identityOf, whyNotAt } from "./file_identity.ts";
import { isLedgerPosition } from "./journal_reader.ts";

/** More than any record needs, less than the sector that a disk writes in one piece. */
const RECORD_LENGTH = 256;

/** The file with the newest ledger that a node has seen. */
export class KnownLedgerFile {
  readonly #path: string;
  #ledger: LedgerPosition | null = null;
  #fd = -1;
  /** Null until there is a file. */
  #identity: FileIdentity | null = null;

  /** Throws JournalError. */
  constructor(path: string) {
    this.#path = path;
    if (!existsSync(path)) return;
    this.#ledger = readLedger(path);
    this.#identity = identityAt(path);
  }

  get ledger(): LedgerPosition | null {
    return this.#ledger;
  }

  /** A new id is on disk when this returns; a new version of the same ledger is in the page cache. Throws JournalError. */
  note(ledger: LedgerPosition): void {
    const { id, version, writer } = ledger;
    this.#write({ id, version, writer }, id === this.#ledger?.id);
  }

  /** Why the file is no longer at its path; null: it is there, or there was none yet. */
  missing(): string | null {
    return this.#identity === null ? null : whyNotAt(this.#path, this.#identity);
  }

  /** Writes the file anew, if there was one. It is on disk when this returns. Throws JournalError. */
  renew(): void {
    if (this.#ledger !== null) this.#write(this.#ledger, false);
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) closeForGood(fd);
  }

  #write(ledger: LedgerPosition, inPlace: boolean): void {
    const record = `${JSON.stringify(ledger).padEnd(RECORD_LENGTH - 1)}\n`;
    try {
      if (inPlace) this.#overwrite(record);
      else this.#replace(record);
    } catch (cause) {
      throw new JournalError(`Cannot write ${this.#path}: ${(cause as Error).message}`, true, { cause });
    }
    this.#ledger = ledger;
  }

  /** In place and not synced, because it happens often. The record is within one sector, so it cannot be torn. */
  #overwrite(record: string): void {
    if (this.#fd < 0) this.#fd = openSync(this.#path, "r+");
    writeSync(this.#fd, record, 0);
  }

  #replace(record: string): void {
    const fd = replaceFile(this.#path, record);
    this.close();
    this.#fd = fd;
    this.#identity = identityOf(fd);
    syncDirectory(this.#path);
  }
}

function readLedger(path: string): LedgerPosition {
  const text = readFileSync(path, "utf8");
  try {
    const ledger: unknown = JSON.parse(text);
    if (isLedgerPosition(ledger)) return ledger;
  } catch (cause) {
    throw damaged(path, { cause });
  }
  throw damaged(path);
}

function damaged(path: string, options?: ErrorOptions): JournalError {
  return new JournalError(
    `Cannot read ${path}: it does not say which ledger this node knows. Delete it to start without that knowledge`,
    true,
    options,
  );
}
