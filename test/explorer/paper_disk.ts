import { hitsLine, journalText, noteLines, sealLine } from "../../internal/adapters/disk/journal_lines.ts";
import { readJournal } from "../../internal/adapters/disk/journal_reader.ts";
import type { LedgerPosition, LogTail, SourceId } from "../../internal/core/log/batch.ts";
import { sumOf } from "../../internal/core/log/counts.ts";
import {
  type DataDirectory,
  type Journal,
  JournalError,
  type JournalState,
  type RecoveredLog,
} from "../../internal/ports/journal.ts";

/** A journal file as plain data: the real lines, of which the first `synced` survive a power loss. */
export interface PaperFile {
  readonly source: SourceId;
  readonly lines: readonly string[];
  readonly synced: number;
  /** Offset after the last hit. */
  readonly end: number;
  /** Its last record is torn and could not be cut off. */
  readonly broken: boolean;
}

export interface PaperDisk {
  readonly files: readonly PaperFile[];
  readonly known: LedgerPosition | null;
}

/** What the next append does to the journal. */
export type Trouble = "none" | "short" | "torn";

/** A data directory in memory, in the format that the real one writes, read back by the real reader. */
export class PaperDirectory implements DataDirectory {
  readonly #files: Map<SourceId, PaperFile>;
  #known: LedgerPosition | null;
  #trouble: Trouble;

  constructor(disk: PaperDisk, trouble: Trouble = "none") {
    this.#files = new Map(disk.files.map((file) => [file.source, file]));
    this.#known = disk.known;
    this.#trouble = trouble;
  }

  image(): PaperDisk {
    return { files: [...this.#files.values()], known: this.#known };
  }

  /** Follows `recoverJournals` of the disk adapter. */
  recover(): readonly RecoveredLog[] {
    return [...this.#files.values()].flatMap((file) => {
      const content = readJournal(Buffer.from(file.lines.join("")), file.source);
      if (!content || content.end <= content.header.shown) {
        this.#files.delete(file.source);
        return [];
      }
      this.#files.set(file.source, { ...file, broken: false });
      const { header, firstOffer, born, segments } = content;
      const { source, formerly = [], region, base, shown } = header;
      return [{ journal: this.journal(source), source, formerly, region, base, firstOffer, born, shown, segments }];
    });
  }

  damagedHits(): number {
    return 0;
  }

  create(source: SourceId, region: string): Journal {
    if (this.#files.has(source)) throw new JournalError(`${source} has a journal`, true);
    this.#replace(source, {
      source,
      formerly: [],
      region,
      base: 0,
      firstOffer: null,
      shown: 0,
      segments: [],
      open: false,
    });
    return this.journal(source);
  }

  /** Follows `DiskDirectory.store`. */
  store(remains: LogTail): Journal {
    const known = this.#files.get(remains.source);
    const journal = this.journal(remains.source);
    if (known && known.end >= (remains.segments.at(-1)?.to ?? remains.shown)) journal.sync();
    else this.#replace(remains.source, { ...remains, open: false });
    return journal;
  }

  /** Deletions are the simulation's (`SimDisk`): they need time to pass. */
  missing(): null {
    return null;
  }

  renew(): void {}

  knownLedger(): LedgerPosition | null {
    return this.#known;
  }

  recordKnownLedger(ledger: LedgerPosition): void {
    this.#known = ledger;
  }

  close(): void {}

  /** The journal of `source`, for a log that is taken up again from plain data. */
  journal(source: SourceId): Journal {
    let name = source;
    return {
      size: 0,
      append: (counts, born) => this.#append(name, hitsLine(counts, born), sumOf(counts)),
      seal: () => this.#write(name, sealLine(this.#file(name).end), 0),
      recordFirstOffer: (firstOffer) => {
        this.#write(name, noteLines(firstOffer), 0);
        this.#sync(name);
      },
      sync: () => this.#sync(name),
      rewrite: (state) => {
        if (state.source !== name) this.#files.delete(name);
        name = state.source;
        this.#replace(name, state);
      },
      remove: () => void this.#files.delete(name),
    };
  }

  #append(source: SourceId, line: string, hits: number): void {
    const trouble = this.#trouble;
    this.#trouble = "none";
    if (trouble === "none") return this.#write(source, line, hits);
    this.#files.set(source, { ...this.#file(source), broken: trouble === "torn" });
    throw new JournalError("a short write", trouble === "short");
  }

  #write(source: SourceId, line: string, hits: number): void {
    const file = this.#file(source);
    if (file.broken) throw new JournalError("a torn record ends this journal", false);
    this.#files.set(source, { ...file, lines: [...file.lines, line], end: file.end + hits });
  }

  #sync(source: SourceId): void {
    const file = this.#file(source);
    this.#files.set(source, { ...file, synced: file.lines.length });
  }

  #replace(source: SourceId, state: JournalState): void {
    const lines = journalText(state, null).split(/(?<=\n)/);
    const end = state.segments.at(-1)?.to ?? state.shown;
    this.#files.set(source, { source, lines, end, synced: lines.length, broken: false });
  }

  #file(source: SourceId): PaperFile {
    const file = this.#files.get(source);
    if (!file) throw new Error(`there is no journal of ${source}`);
    return file;
  }
}

/** Every disk that a power loss may leave: each file keeps what was synced and any part of what follows. */
export function afterPowerLoss(disk: PaperDisk): PaperDisk[] {
  let files: PaperFile[][] = [[]];
  for (const file of disk.files) {
    const lengths = Array.from({ length: file.lines.length - file.synced + 1 }, (_, i) => file.synced + i);
    const kept = lengths.map((length) => shortened(file, length));
    files = files.flatMap((before) => kept.map((one) => [...before, one]));
  }
  return files.map((left) => ({ ...disk, files: left }));
}

function shortened(file: PaperFile, length: number): PaperFile {
  const lines = file.lines.slice(0, length);
  const end = readJournal(Buffer.from(lines.join("")), file.source)?.end ?? 0;
  return { ...file, lines, end, synced: length };
}
