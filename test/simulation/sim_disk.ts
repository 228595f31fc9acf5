import type { Hour } from "../../internal/core/days/hour.ts";
import type { LedgerPosition, LedgerRef, LogTail, Segment, SourceId } from "../../internal/core/log/batch.ts";
import { addCounts, type Counts, type ReadonlyCounts, sumOf } from "../../internal/core/log/counts.ts";
import {
  type DataDirectory,
  type Journal,
  JournalError,
  type JournalState,
  type RecoveredLog,
} from "../../internal/ports/journal.ts";
import type { World } from "./world.ts";

type Line =
  | {
      readonly kind: "hits";
      readonly counts: ReadonlyCounts;
      readonly born?: LedgerRef | null | undefined;
      readonly hour?: Hour | undefined;
    }
  | { readonly kind: "seal" }
  | { readonly kind: "note"; readonly firstOffer: LedgerRef };

export interface File {
  source: SourceId;
  formerly: readonly SourceId[];
  readonly region: string;
  base: number;
  firstOffer: LedgerRef | null;
  born?: LedgerRef | null | undefined;
  shown: number;
  lines: Line[];
  /** Lines that are synced to the disk; -1: not even the file's name is. */
  synced: number;
  /** Whether it ends with a torn record that could not be cut off. Then nothing can be appended before it is rewritten. */
  broken: boolean;
  /** Index of the first line whose bits changed; -1: the header. Undefined: none. */
  damagedAt?: number | undefined;
}

/** A data directory that survives its process. A power loss leaves what was synced, and a random part of the rest. */
export class SimDisk implements DataDirectory {
  readonly #world: World;
  readonly files = new Map<SourceId, File>();
  /** Those that this process has open: they can be written even when nothing refers to them any more. */
  #open = new Set<File>();
  #deleted = false;
  #known: { current: LedgerPosition | null; synced: LedgerPosition | null } = { current: null, synced: null };
  /** The next appends fail, and leave a torn record behind that can (`intact`) or cannot be cut off. */
  shortWrite: { intact: boolean } | null = null;
  /** Whether every write fails. */
  full = false;
  /** Whether the directory cannot be created again, because something else took its place. */
  replaced = false;
  /** Writes that still succeed before all later ones fail. */
  room = Number.POSITIVE_INFINITY;
  /** Lines after which a journal must be rewritten. */
  longest = 60;
  /** Syncs that fail before one succeeds. What was to be synced is not. */
  failingSyncs = 0;
  /** Whether its processes are of release 0.1.0, whose journals do not say which ledger a node knew at a log's first hit. */
  old = false;
  /** Called when it is copied. */
  beingCopied: (disk: SimDisk) => void = () => {};
  /** Damaged journals that a start put aside. */
  readonly #putAside: File[] = [];
  /** Writes and syncs that failed. */
  failures = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** What is on it now, on a disk of its own. */
  copy(): SimDisk {
    const copy = new SimDisk(this.#world);
    for (const [source, file] of this.files) copy.files.set(source, { ...file, lines: [...file.lines] });
    copy.#putAside.push(...this.#putAside);
    copy.old = this.old;
    copy.beingCopied = this.beingCopied;
    this.beingCopied(this);
    copy.#known = { ...this.#known };
    return copy;
  }

  /** Bits of a line, or of the header, change. A process that has the file open does not notice. False if there is no line. */
  rot(): boolean {
    const files = [...this.files.values()].filter(
      ({ lines, damagedAt }) => lines.length > 0 && damagedAt === undefined,
    );
    if (files.length === 0) return false;
    const file = this.#world.random.pick(files);
    const at = this.#world.random.chance(0.1) ? -1 : this.#world.random.between(0, file.lines.length - 1);
    // The first offer stands there twice, so that no changed bit hides it.
    if (file.lines[at]?.kind === "note") return false;
    file.damagedAt = at;
    return true;
  }

  /** Whether a journal on it has hits, and nothing that tells how old its log is. */
  get isAgeless(): boolean {
    const ages = [...this.files.values()].filter(({ lines }) => lines.length > 0).map((file) => recovered(file, null));
    return this.old || ages.some(({ firstOffer, born }) => firstOffer === null && born === undefined);
  }

  /** Ends what troubles it. What is damaged stays so. */
  heal(): void {
    Object.assign(this, { full: false, replaced: false, shortWrite: null, failingSyncs: 0 });
  }

  get isDamaged(): boolean {
    return [...this.files.values()].some(({ damagedAt }) => damagedAt !== undefined);
  }

  /** The offset up to which the next start can read this journal. */
  readableEnd(file: File): number {
    return file.shown + hitsOf(readableLines(file));
  }

  losePower(): void {
    for (const [source, file] of this.files) {
      if (file.synced < 0 && this.#world.random.chance(0.5)) this.files.delete(source);
      else file.lines.length = this.#world.random.between(Math.max(0, file.synced), file.lines.length);
      if ((file.damagedAt ?? -1) >= file.lines.length) file.damagedAt = undefined;
    }
    this.#known.current = this.#world.random.chance(0.5) ? this.#known.synced : this.#known.current;
  }

  /** `rm -rf`, while a process may be using it. */
  delete(): void {
    this.files.clear();
    this.#known = { current: null, synced: null };
    this.#deleted = true;
  }

  missing(): string | null {
    if (this.#deleted) return "the data directory was deleted";
    const [lost] = this.lost;
    return lost ? `the journal of ${lost.source} was deleted` : null;
  }

  /** Files that the process still writes, and that no start will find. */
  get lost(): File[] {
    return [...this.#open].filter((file) => this.files.get(file.source) !== file);
  }

  renew(): void {
    this.#check();
    if (this.replaced) throw new JournalError("another directory took its place", true);
    this.#deleted = false;
  }

  recover(): readonly RecoveredLog[] {
    this.#open.clear();
    this.#deleted = false;
    for (const [source, file] of this.files) if (!this.#cutDamaged(file)) this.files.delete(source);
    return [...this.files.values()].flatMap((file) => {
      const log = recovered(file, null);
      if (log.segments.length > 0) return [{ ...log, journal: this.#journal(file) }];
      // Never opened, as in the adapter: a node misses what it has open and cannot find.
      this.files.delete(file.source);
      return [];
    });
  }

  damagedHits(): number {
    return this.#putAside.reduce((sum, { lines }) => sum + hitsOf(lines), 0);
  }

  /**
   * What is behind the damage is put aside. A first offer that stands there is written anew. False if nothing is recovered, because the
   * header is broken, or the broken line may have been the first offer and no other line tells the log's age.
   */
  #cutDamaged(file: File): boolean {
    if (file.damagedAt === undefined) return true;
    const readable = readableLines(file);
    this.#putAside.push({ ...file, lines: file.lines.slice(file.damagedAt + 1) });
    const note = file.lines.findLast((line) => line.kind === "note");
    const hasAge = note ?? file.firstOffer ?? file.born ?? readable.some((line) => line.kind === "hits");
    if (file.damagedAt < 0 || !hasAge) return false;
    file.lines = note && !readable.includes(note) ? [...readable, note] : readable;
    file.synced = file.lines.length;
    file.damagedAt = undefined;
    file.broken = false;
    return true;
  }

  create(source: SourceId, region: string): Journal {
    this.#check();
    this.#refuseIfDeleted();
    if (this.files.has(source)) throw new JournalError(`${source} is there already: a source has one journal`, true);
    const file: File = {
      source,
      formerly: [],
      region,
      base: 0,
      firstOffer: null,
      shown: 0,
      lines: [],
      synced: -1,
      broken: false,
    };
    this.files.set(source, file);
    return this.#journal(file);
  }

  store(tail: LogTail): Journal {
    this.#check();
    this.#sync();
    this.#refuseIfDeleted();
    const { source, formerly, region, base, firstOffer, shown } = tail;
    const lines = linesOf(tail.segments, false, this.old);
    const file: File = {
      source,
      formerly,
      region,
      base,
      firstOffer,
      shown,
      lines,
      synced: lines.length,
      broken: false,
    };
    this.files.set(source, file);
    return this.#journal(file);
  }

  knownLedger(): LedgerPosition | null {
    return this.#known.current;
  }

  recordKnownLedger(ledger: LedgerPosition): void {
    this.#check();
    this.#refuseIfDeleted();
    this.#known = { current: ledger, synced: this.#known.synced?.id === ledger.id ? this.#known.synced : ledger };
  }

  close(): void {}

  #check(): void {
    if (!this.full && --this.room >= 0) return;
    this.failures++;
    throw new JournalError("no space left on device", true);
  }

  #sync(): void {
    if (this.failingSyncs <= 0) return;
    this.failingSyncs--;
    this.failures++;
    throw new JournalError("input/output error", true);
  }

  #refuseIfDeleted(): void {
    if (this.#deleted) throw new JournalError("the data directory was deleted", true);
  }

  #checkFile({ source, broken }: File): void {
    this.#check();
    if (broken) throw new JournalError(`${source} ends with a broken record`, false);
  }

  #journal(file: File): Journal {
    const { longest } = this;
    this.#open.add(file);
    return {
      get size() {
        return file.lines.length > longest ? 1 << 20 : 0;
      },
      append: (counts, born, hour) => {
        this.#checkFile(file);
        const { shortWrite } = this;
        this.shortWrite = null;
        if (shortWrite) this.failures++;
        if (shortWrite) file.broken = !shortWrite.intact;
        if (shortWrite) throw new JournalError("short write", shortWrite.intact);
        const age = this.old ? {} : { born, hour };
        file.lines.push({ kind: "hits", counts: new Map(counts), ...age });
      },
      seal: () => {
        this.#checkFile(file);
        file.lines.push({ kind: "seal" });
      },
      recordFirstOffer: (firstOffer) => {
        this.#checkFile(file);
        this.#sync();
        file.lines.push({ kind: "note", firstOffer });
        file.synced = file.lines.length;
      },
      sync: () => {
        this.#check();
        this.#sync();
        file.synced = file.lines.length;
      },
      rewrite: (state) => this.#rewrite(file, state),
      remove: () => {
        this.#open.delete(file);
        if (this.files.get(file.source) === file) this.files.delete(file.source);
      },
    };
  }

  #rewrite(file: File, state: JournalState): void {
    this.#check();
    this.#sync();
    this.#refuseIfDeleted();
    if (this.files.get(file.source) === file) this.files.delete(file.source);
    const { source, formerly, base, firstOffer, born, shown } = state;
    const lines = linesOf(state.segments, state.open, this.old);
    Object.assign(file, {
      source,
      formerly,
      base,
      firstOffer,
      born: this.old ? undefined : born,
      shown,
      lines,
      synced: lines.length,
      broken: false,
      damagedAt: undefined,
    });
    this.files.set(source, file);
  }
}

/** `old`: as release 0.1.0 writes them. */
function linesOf(segments: readonly Segment[], open: boolean, old: boolean): Line[] {
  return segments.flatMap(({ counts, hour }, i): Line[] => {
    const hits: Line = { kind: "hits", counts: new Map(counts), ...(!old && { hour }) };
    return open && i === segments.length - 1 ? [hits] : [hits, { kind: "seal" }];
  });
}

function readableLines({ lines, damagedAt }: File): Line[] {
  return damagedAt === undefined ? lines : lines.slice(0, Math.max(0, damagedAt));
}

function hitsOf(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + (line.kind === "hits" ? sumOf(line.counts) : 0), 0);
}

function recovered<T>(file: File, journal: T): Omit<RecoveredLog, "journal"> & { readonly journal: T } {
  const segments: Segment[] = [];
  let { firstOffer, born } = file;
  let from = file.shown;
  let counts: Counts = new Map();
  let hour: Hour | undefined;
  const cut = () => {
    const to = from + sumOf(counts);
    if (to > from) segments.push({ from, to, counts, ...(hour !== undefined && { hour }) });
    from = to;
    counts = new Map();
  };
  for (const line of file.lines) {
    if (line.kind === "note") firstOffer = line.firstOffer;
    else if (line.kind === "seal") cut();
    else {
      if (line.hour !== hour) cut();
      hour = line.hour;
      addCounts(counts, line.counts);
      if (born === undefined) born = line.born;
    }
  }
  cut();
  const { source, formerly, region, base, shown } = file;
  return { journal, source, formerly, region, base, firstOffer, born, shown, segments };
}
