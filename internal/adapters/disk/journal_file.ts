import { existsSync, fdatasyncSync, ftruncateSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Hour } from "../../core/days/hour.ts";
import { endOf, type LedgerRef, type SourceId } from "../../core/log/batch.ts";
import { type ReadonlyCounts, sumOf } from "../../core/log/counts.ts";
import { type Journal, JournalError, type JournalState } from "../../ports/journal.ts";
import { syncDirectory } from "./durable_files.ts";
import { identityOf, whyNotAt } from "./file_identity.ts";
import { hitsLine, journalText, noteLines, sealLine } from "./journal_lines.ts";
import { readJournal } from "./journal_reader.ts";
import { closeLocked, type LockedFile, replaceLocked } from "./locked_file.ts";
import { coveredText, overwriteMoved } from "./moved_journal.ts";

/** The open journals of one folder, by source. */
export interface JournalFolder {
  readonly path: string;
  readonly open: Map<SourceId, JournalFile>;
  /** Throws JournalError unless this process holds the lock of the directory that is at `path` now. */
  refuseIfUnlocked(): void;
  /** Closes a file that has lost its name to a newer one, and ends its lock once that is safe. */
  release(old: LockedFile): void;
}

export function journalPath(folder: JournalFolder, source: SourceId): string {
  return join(folder.path, `${source}.journal`);
}

/** A journal file at the moment when it is opened. */
export interface OpenedJournal {
  readonly source: SourceId;
  readonly file: LockedFile;
  /** Bytes in the file. */
  readonly length: number;
  /** The offset after the last hit in it. */
  readonly end: number;
  /** Bytes written since it was made. */
  readonly size: number;
}

export class JournalFile implements Journal {
  readonly #folder: JournalFolder;
  #source: SourceId;
  /** Null once removed or closed: another file may have its number then. */
  #file: LockedFile | null;
  #length: number;
  #end: number;
  #size: number;
  /** A sync failed. It is not repeated on this file: the kernel drops what it could not write, and the next sync succeeds without it. */
  #syncFailed = false;
  /** Its last record is broken and could not be cut off. */
  #broken = false;
  /** Path of a file that recovery would read instead of this one, and that could not be deleted; null: none. */
  #supersededBy: string | null = null;
  /** Source of an older file with the same hits that was not deleted yet; null: none. */
  #former: SourceId | null = null;

  constructor(folder: JournalFolder, { source, file, length, end, size }: OpenedJournal) {
    this.#folder = folder;
    this.#source = source;
    this.#file = file;
    this.#length = length;
    this.#end = end;
    this.#size = size;
    folder.open.set(source, this);
  }

  get size(): number {
    return this.#size;
  }

  /** The offset after the last hit. */
  get end(): number {
    return this.#end;
  }

  /** Why the file is no longer at its path; null: it is there, or this journal is closed. */
  missing(): string | null {
    return this.#file === null ? null : whyNotAt(this.#path, identityOf(this.#file.fd));
  }

  append(counts: ReadonlyCounts, born?: LedgerRef | null, hour?: Hour): void {
    this.#write(hitsLine(counts, born, hour));
    this.#end += sumOf(counts);
  }

  seal(): void {
    this.#write(sealLine(this.#end));
  }

  recordFirstOffer(firstOffer: LedgerRef): void {
    const { length, size } = { length: this.#length, size: this.#size };
    this.#write(noteLines(firstOffer));
    try {
      this.sync();
    } catch (error) {
      this.#length = length;
      this.#size = size;
      this.#cutTail();
      throw error;
    }
  }

  sync(): void {
    if (this.#syncFailed) this.#replaceByCopy();
    else this.#syncInPlace();
  }

  rewrite(state: JournalState): void {
    const [renamed, moved] = [state.source !== this.#source, this.missing() !== null];
    // A file can name only one other that it replaces.
    if (renamed) this.#removeFormer();
    if (renamed) refuseToOverwrite(journalPath(this.#folder, state.source));
    const left = moved ? coveredText(state) : null;
    this.#replace(state.source, journalText(state, renamed ? this.#source : this.#former), left);
    this.#end = endOf(state);
    this.#size = 0;
  }

  remove(): void {
    this.close();
    try {
      // Only this file says that the former one has the same hits, so the former one goes first.
      this.#removeFormer();
      rmSync(this.#path, { force: true });
    } catch {
      // The file stays. After the next start, its hits turn out to be committed.
    }
  }

  close(): void {
    const file = this.#file;
    this.#file = null;
    this.#folder.open.delete(this.#source);
    if (file !== null) closeLocked(file);
  }

  get #path(): string {
    return journalPath(this.#folder, this.#source);
  }

  get #fd(): number {
    return this.#file?.fd ?? -1;
  }

  #write(line: string): void {
    this.#refuseIfSuperseded();
    if (this.#broken) throw new JournalError(`Cannot write to journal ${this.#path}: its last record is broken`, false);
    const bytes = Buffer.byteLength(line);
    const written = this.#tryToWrite(line);
    if (written !== bytes) this.#giveUp(`only ${written} of ${bytes} bytes were written`);
    this.#length += bytes;
    this.#size += bytes;
  }

  #tryToWrite(line: string): number {
    try {
      return writeSync(this.#fd, line, this.#length);
    } catch (cause) {
      return this.#giveUp((cause as Error).message, { cause });
    }
  }

  #giveUp(failure: string, options?: ErrorOptions): never {
    this.#cutTail();
    throw new JournalError(`Cannot write to journal ${this.#path}: ${failure}`, true, options);
  }

  /** Truncates the file after its last complete record. */
  #cutTail(): void {
    try {
      ftruncateSync(this.#fd, this.#length);
    } catch (cause) {
      this.#broken = true;
      throw new JournalError(
        `Cannot truncate journal ${this.#path} after a failed write: ${(cause as Error).message}`,
        false,
        { cause },
      );
    }
  }

  #syncInPlace(): void {
    try {
      fdatasyncSync(this.#fd);
    } catch (cause) {
      this.#syncFailed = true;
      throw new JournalError(`Cannot sync journal ${this.#path}: ${(cause as Error).message}`, !this.#broken, {
        cause,
      });
    }
  }

  #replaceByCopy(): void {
    const bytes = this.#readBack();
    const whole = readJournal(bytes, this.#path)?.validLength === this.#length;
    if (!whole)
      throw new JournalError(`Cannot sync journal ${this.#path}: an earlier failed sync lost data`, !this.#broken);
    this.#replace(this.#source, bytes.toString(), null);
  }

  /** Through its own descriptor: closing another one would end the lock of this file. */
  #readBack(): Buffer {
    const bytes = Buffer.alloc(this.#length);
    try {
      return bytes.subarray(0, readSync(this.#fd, bytes, 0, bytes.length, 0));
    } catch (cause) {
      throw new JournalError(`Cannot read journal ${this.#path}: ${(cause as Error).message}`, !this.#broken, {
        cause,
      });
    }
  }

  /** `left`: new content of the old file if that was moved; null if it was not. */
  #replace(source: SourceId, text: string, left: string | null): void {
    this.#folder.refuseIfUnlocked();
    this.#refuseIfSuperseded();
    const path = journalPath(this.#folder, source);
    try {
      const file = replaceLocked(path, text);
      if (source !== this.#source) this.#takeName(source, file);
      this.#adopt(file, text, (old) => {
        this.#syncEntry();
        if (left !== null) overwriteMoved(old, left);
      });
    } catch (cause) {
      const intact = !this.#broken && !this.#supersededBy;
      throw new JournalError(`Cannot rewrite journal ${path}: ${(cause as Error).message}`, intact, { cause });
    }
    this.#tryToRemoveFormer();
  }

  /** Recovery must never read both files. So the new one names the old one, and is durable before the old one is deleted. */
  #takeName(source: SourceId, file: LockedFile): void {
    const path = journalPath(this.#folder, source);
    try {
      syncDirectory(path);
    } catch (error) {
      closeLocked(file);
      this.#takeBack(path);
      throw error;
    }
    this.#folder.open.delete(this.#source);
    this.#former = this.#source;
    this.#source = source;
    this.#folder.open.set(source, this);
  }

  #takeBack(path: string): void {
    try {
      rmSync(path, { force: true });
    } catch (cause) {
      this.#supersededBy = path;
      throw new JournalError(`it could be neither synced nor deleted: ${(cause as Error).message}`, false, { cause });
    }
  }

  /** The other file has all hits up to the failed rename. A crash would lose hits that were written only here after it. */
  #refuseIfSuperseded(): void {
    if (this.#supersededBy && !existsSync(this.#supersededBy)) this.#supersededBy = null;
    if (!this.#supersededBy) return;
    throw new JournalError(
      `Cannot write to journal ${this.#path}: after a crash, ${this.#supersededBy} would be read instead`,
      false,
    );
  }

  #adopt(file: LockedFile, text: string, before: (old: number) => void): void {
    const old = this.#file;
    this.#file = file;
    this.#length = Buffer.byteLength(text);
    this.#broken = false;
    try {
      before(old?.fd ?? -1);
    } finally {
      if (old !== null) this.#folder.release(old);
    }
  }

  #syncEntry(): void {
    this.#syncFailed = true;
    syncDirectory(this.#path);
    this.#syncFailed = false;
  }

  #tryToRemoveFormer(): void {
    try {
      this.#removeFormer();
    } catch {
      // Tried again before the next rename, at removal, and at the next start.
    }
  }

  #removeFormer(): void {
    if (this.#former === null) return;
    // Another process that starts now may have listed only the former name.
    this.#folder.refuseIfUnlocked();
    const path = journalPath(this.#folder, this.#former);
    try {
      rmSync(path, { force: true });
      syncDirectory(path);
    } catch (cause) {
      throw new JournalError(`Cannot delete journal ${path}: ${(cause as Error).message}`, !this.#broken, { cause });
    }
    this.#former = null;
  }
}

/** Throws JournalError if there is a file at `path`. */
export function refuseToOverwrite(path: string): void {
  if (existsSync(path)) throw new JournalError(`Cannot create journal ${path}: it already exists`, true);
}
