import { existsSync, fdatasyncSync, ftruncateSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LedgerRef, SourceId } from "../../core/log/batch.ts";
import { type ReadonlyCounts, sumOf } from "../../core/log/counts.ts";
import { type Journal, JournalError, type JournalState } from "../../ports/journal.ts";
import { closeForGood, replaceFile, syncDirectory } from "./durable_files.ts";
import { hitsLine, journalText, noteLine, sealLine } from "./journal_lines.ts";
import { readJournal } from "./journal_reader.ts";

/** The open journals of one folder, by source. */
export interface JournalFolder {
  readonly path: string;
  readonly open: Map<SourceId, JournalFile>;
}

export function journalPath(folder: JournalFolder, source: SourceId): string {
  return join(folder.path, `${source}.journal`);
}

/** An open journal file as its owner finds it. */
export interface OpenedJournal {
  readonly source: SourceId;
  readonly fd: number;
  /** Bytes in the file. */
  readonly length: number;
  /** The offset after the last hit in it. */
  readonly end: number;
  /** Bytes written since it was made. */
  readonly size: number;
}

/** Puts a journal that holds `state` on disk, entry and all. Throws JournalError when there is one of that source, or on trouble. */
export function createJournalFile(folder: JournalFolder, state: JournalState): JournalFile {
  const path = journalPath(folder, state.source);
  refuseToOverwrite(path);
  const text = journalText(state, null);
  try {
    const fd = replaceFile(path, text);
    const journal = new JournalFile(folder, {
      source: state.source,
      fd,
      length: Buffer.byteLength(text),
      end: endOf(state),
      size: 0,
    });
    syncDirectory(path);
    return journal;
  } catch (cause) {
    folder.open.get(state.source)?.remove();
    throw new JournalError(`${path} could not be created: ${(cause as Error).message}`, true, { cause });
  }
}

export class JournalFile implements Journal {
  readonly #folder: JournalFolder;
  #source: SourceId;
  /** -1 once removed or closed: a number that was closed may by now be another file's. */
  #fd: number;
  #length: number;
  #end: number;
  #size: number;
  /** What failed to reach the disk once is not tried there again: the kernel forgets it and says yes the next time. */
  #syncFailed = false;
  /** Its last record is broken and could not be cut off. */
  #broken = false;
  /** A file under another name that recovery would read instead of this one, and that could not be taken back. */
  #displacedBy: string | null = null;
  /** The id of an older file with the same hits, which is still there. */
  #former: SourceId | null = null;

  constructor(folder: JournalFolder, { source, fd, length, end, size }: OpenedJournal) {
    this.#folder = folder;
    this.#source = source;
    this.#fd = fd;
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

  append(counts: ReadonlyCounts, born?: LedgerRef | null): void {
    this.#write(hitsLine(counts, born));
    this.#end += sumOf(counts);
  }

  seal(): void {
    this.#write(sealLine(this.#end));
  }

  recordFirstOffer(firstOffer: LedgerRef): void {
    const { length, size } = { length: this.#length, size: this.#size };
    this.#write(noteLine(firstOffer));
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
    const renamed = state.source !== this.#source;
    // One file can say of only one other that it replaces it.
    if (renamed) this.#removeFormer();
    if (renamed) refuseToOverwrite(journalPath(this.#folder, state.source));
    this.#replace(state.source, journalText(state, renamed ? this.#source : this.#former));
    this.#end = endOf(state);
    this.#size = 0;
  }

  remove(): void {
    this.close();
    try {
      // Without this file nothing would say that the former one holds the same hits.
      this.#removeFormer();
      rmSync(this.#path, { force: true });
    } catch {
      // It stays, and is found to be committed after the next start.
    }
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    this.#folder.open.delete(this.#source);
    if (fd >= 0) closeForGood(fd);
  }

  get #path(): string {
    return journalPath(this.#folder, this.#source);
  }

  #write(line: string): void {
    this.#refuseIfDisplaced();
    if (this.#broken) throw new JournalError(`${this.#path} ends with a broken record: nothing may follow it`, false);
    const bytes = Buffer.byteLength(line);
    const written = this.#tryToWrite(line);
    if (written !== bytes) this.#giveUp(`${written} of ${bytes} bytes could be written`);
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

  #giveUp(trouble: string, options?: ErrorOptions): never {
    this.#cutTail();
    throw new JournalError(`${this.#path} could not be written: ${trouble}`, true, options);
  }

  /** Cuts the file to what is known to be whole. */
  #cutTail(): void {
    try {
      ftruncateSync(this.#fd, this.#length);
    } catch (cause) {
      this.#broken = true;
      throw new JournalError(
        `${this.#path} could not be cut after a failed write: ${(cause as Error).message}`,
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
      throw new JournalError(`${this.#path} could not be synced: ${(cause as Error).message}`, !this.#broken, {
        cause,
      });
    }
  }

  #replaceByCopy(): void {
    const bytes = readFileSync(this.#path);
    const whole = readJournal(bytes, this.#path)?.validLength === this.#length;
    if (!whole) throw new JournalError(`${this.#path} lost data when it could not be synced`, !this.#broken);
    this.#replace(this.#source, bytes.toString());
  }

  #replace(source: SourceId, text: string): void {
    this.#refuseIfDisplaced();
    const path = journalPath(this.#folder, source);
    try {
      const fd = replaceFile(path, text);
      if (source !== this.#source) this.#takeName(source, fd);
      this.#adopt(fd, text);
      this.#syncEntry();
    } catch (cause) {
      const intact = !this.#broken && !this.#displacedBy;
      throw new JournalError(`${path} could not be rewritten: ${(cause as Error).message}`, intact, { cause });
    }
    this.#tryToRemoveFormer();
  }

  /** The old file goes only when the new one is sure to be there, and the new one names it, so that they are never both read. */
  #takeName(source: SourceId, fd: number): void {
    const path = journalPath(this.#folder, source);
    try {
      syncDirectory(path);
    } catch (error) {
      closeForGood(fd);
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
      this.#displacedBy = path;
      throw new JournalError(`could be neither synced nor deleted: ${(cause as Error).message}`, false, { cause });
    }
  }

  /** The other file has all hits up to the failed rename; any that followed only here would be lost with the process. */
  #refuseIfDisplaced(): void {
    if (!this.#displacedBy) return;
    throw new JournalError(
      `${this.#path} takes no more: ${this.#displacedBy} is read in its place after a crash`,
      false,
    );
  }

  #adopt(fd: number, text: string): void {
    const old = this.#fd;
    this.#fd = fd;
    this.#length = Buffer.byteLength(text);
    this.#broken = false;
    closeForGood(old);
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
    const path = journalPath(this.#folder, this.#former);
    try {
      rmSync(path, { force: true });
      syncDirectory(path);
    } catch (cause) {
      throw new JournalError(`${path} could not be deleted: ${(cause as Error).message}`, !this.#broken, { cause });
    }
    this.#former = null;
  }
}

function refuseToOverwrite(path: string): void {
  if (existsSync(path)) throw new JournalError(`${path} is there already: a source has one journal`, true);
}

/** The offset after the last hit in a log. */
export function endOf(state: Pick<JournalState, "segments" | "shown">): number {
  return state.segments.at(-1)?.to ?? state.shown;
}
