import { type Day, dayOf } from "../days/hour.ts";
import { addDayEntry, DAY_NAMES, dayEntryName } from "./day_entries.ts";
import { decodeEnded, splitLine } from "./entry_bytes.ts";
import { UnreadableLedger } from "./entry_fields.ts";
import { ENDED_PAGE } from "./folding.ts";
import { GatheredChanges } from "./gathered_changes.ts";
import { decodeHead, HEAD, linksIn } from "./head_encoding.ts";
import { addKeyEntry, KEY_NAMES } from "./key_entries.ts";
import type { Ledger } from "./ledger.ts";
import { BUCKET_NAMES, decodeBucket, ENDED } from "./ledger_encoding.ts";
import { addLinkEntry, LINK_NAMES } from "./link_entries.ts";
import { addMarkEntry, MARK_NAMES } from "./mark_entries.ts";
import { checkPageList, decodePageList, PAGE_LIST } from "./page_list.ts";
import { decodePage, PAGE_NAMES, pageName, pageNumber } from "./pages_encoding.ts";
import { applyEnds } from "./round_change.ts";
import { ROUND_NAMES, RoundReader, roundName } from "./round_encoding.ts";

/** What the leader found when it declared the store lost (`LossRecord`). `adopt` reads it. */
export const LOST = "lost";

/** Names of the entries that a ledger of each format has beside `head`, in the order in which they must be read. */
const ENDED_NAMES = { from: ENDED, to: `${ENDED}!` };
const RANGES = {
  1: [ENDED_NAMES, BUCKET_NAMES],
  2: [ENDED_NAMES, KEY_NAMES, LINK_NAMES, MARK_NAMES, DAY_NAMES, PAGE_NAMES, ROUND_NAMES],
} as const;

/**
 * Puts a ledger together from its entries, one after the other: `head`, then those of `ranges` in their order. Each method throws
 * UnreadableLedger, which names the entry.
 *
 * A page has all rounds up to its own version, and lacks those after it. So rounds come in ascending order, to the last, and none may be missing from `tail` on
 * (H63, H64, H65).
 */
export class LedgerReading {
  readonly #ledger: Ledger;
  /** The version up to which each page has all rounds. */
  readonly #folded = new Map<number, number>();
  /** The store's list of its pages; null: it was not read. */
  #list: ReadonlySet<number> | null = null;
  readonly #links = new Map<string, string>();
  readonly #linksKept: number | null;
  readonly #changes = new GatheredChanges();
  #nextRound: number;

  constructor(head: Uint8Array) {
    this.#ledger = decodeHead(head);
    this.#linksKept = linksIn(head);
    this.#ledger.days.dropBefore(this.#ledger.daysFrom);
    this.#nextRound = this.#ledger.layout?.tail ?? 0;
  }

  /** Names of all entries to add, in this order. */
  get ranges(): readonly { readonly from: string; readonly to: string }[] {
    return RANGES[this.#ledger.layout ? 2 : 1];
  }

  add(entry: string, bytes: Uint8Array): void {
    if (entry === ENDED) this.#addEnded(bytes);
    else if (!this.#ledger.layout) decodeBucket(entry, bytes, this.#ledger.totals);
    else if (entry.startsWith(KEY_NAMES.from)) addKeyEntry(this.#ledger.keys, entry, bytes, this.#ledger);
    else if (entry.startsWith(LINK_NAMES.from)) addLinkEntry(this.#links, entry, bytes);
    else if (entry.startsWith(MARK_NAMES.from)) addMarkEntry(this.#ledger.marks, entry, bytes, this.#ledger);
    else if (entry.startsWith(DAY_NAMES.from)) this.#checkVersion(entry, addDayEntry(this.#ledger.days, entry, bytes));
    else if (entry === PAGE_LIST) this.#list = decodePageList(bytes);
    else if (entry.startsWith(PAGE_NAMES.from)) this.#addPage(entry, bytes);
    else this.#addRound(entry, bytes);
  }

  /** So much of what was added waits that it should be applied. */
  get isFull(): boolean {
    return this.#changes.isFull;
  }

  /** Applies what waits: a short step for each page. */
  apply(): Iterable<void> {
    return this.#changes.apply(this.#ledger.totals, this.#ledger.days);
  }

  /** The ledger, once all entries were added. */
  finish(): Ledger {
    for (const _ of this.apply());
    const { layout, version, sources, ended, keys, keyEntries, marks, marksKept } = this.#ledger;
    if (keys.entries.length !== keyEntries)
      throw new UnreadableLedger(HEAD, `there are ${keys.entries.length} entries of keys, and not ${keyEntries}`);
    if (marks.size !== marksKept)
      throw new UnreadableLedger(HEAD, `there are ${marks.size} marks of visitors, and not ${marksKept}`);
    if (this.#linksKept !== null && this.#links.size !== this.#linksKept)
      throw new UnreadableLedger(HEAD, `there are ${this.#links.size} links, and not ${this.#linksKept}`);
    if (layout && this.#nextRound <= version)
      throw new UnreadableLedger(roundName(this.#nextRound), `it is missing, and the ledger is at version ${version}`);
    if (layout) checkPageList(this.#list, layout.listed, this.#folded);
    const twice = [...ended.keys()].find((source) => sources.has(source));
    if (twice !== undefined)
      throw new UnreadableLedger(ENDED, `source ${twice} ended, and is in "${HEAD}" as one that goes on`);
    return { ...this.#ledger, links: this.#links };
  }

  #addEnded(bytes: Uint8Array): void {
    const { fields, rest } = splitLine(ENDED, bytes);
    for (const [source, end] of decodeEnded(ENDED, rest)) this.#ledger.ended.set(source, end);
    if (this.#ledger.layout) this.#setFolded(ENDED, ENDED_PAGE, fields.whole("version"));
  }

  #addPage(entry: string, bytes: Uint8Array): void {
    const page = pageNumber(entry);
    const { version, counters, days } = decodePage(entry, bytes);
    this.#setFolded(entry, page, version);
    this.#checkDays(page, days);
    const { totals } = this.#ledger;
    const wrong = totals.addPage(page, counters);
    if (wrong === null) return;
    if (totals.pageOf(wrong) !== page)
      throw new UnreadableLedger(entry, `it has "${wrong}", whose page is ${pageName(totals.pageOf(wrong))}`);
    throw new UnreadableLedger(entry, `it has "${wrong}" twice`);
  }

  /** Call before rounds are added, because they bring days of their own. `days`: those that the page names. */
  #checkDays(page: number, days: readonly Day[]): void {
    const there = new Set(this.#ledger.days.daysOf(page));
    const missing = days.find((day) => day >= dayOf(this.#ledger.daysFrom) && !there.has(day));
    if (missing !== undefined) throw new UnreadableLedger(dayEntryName(missing, page), "it is missing");
  }

  #setFolded(entry: string, page: number, version: number): void {
    this.#checkVersion(entry, version);
    this.#folded.set(page, version);
    this.#ledger.layout?.rounds.folded(page);
  }

  #checkVersion(entry: string, version: number): void {
    const { version: last } = this.#ledger;
    if (version > last)
      throw new UnreadableLedger(entry, `it is of version ${version}, and the ledger of version ${last}`);
  }

  #addRound(entry: string, bytes: Uint8Array): void {
    const round = new RoundReader(entry, bytes);
    const { version } = round;
    if (version !== this.#nextRound)
      throw new UnreadableLedger(entry, `the round before it, ${roundName(this.#nextRound)}, is missing`);
    if (version > this.#ledger.version)
      throw new UnreadableLedger(entry, `it is past the ledger's version ${this.#ledger.version}`);
    this.#nextRound++;
    const { totals, days, layout } = this.#ledger;
    for (const hour of round.hours.hours) days.changed(hour, version);
    days.learn({ cuts: round.cuts });
    const lacking = this.#changes.add(
      round,
      (counter) => totals.pageOf(counter),
      (page) => this.#lacks(page, version),
    );
    if (round.ended.size > 0 && this.#lacks(ENDED_PAGE, version)) {
      lacking.add(ENDED_PAGE);
      applyEnds(this.#ledger.ended, round.ended);
    }
    layout?.rounds.add(version, bytes.length, lacking);
  }

  #lacks(page: number, version: number): boolean {
    return version > (this.#folded.get(page) ?? 0);
  }
}

/** The ledger in `entries`, of any format; null if there is none. Throws UnreadableLedger, whatever the bytes are. */
export function decodeLedger(entries: ReadonlyMap<string, Uint8Array>): Ledger | null {
  const head = entries.get(HEAD);
  if (!head) return null;
  const reading = new LedgerReading(head);
  const names = [...entries.keys()].sort();
  for (const { from, to } of reading.ranges)
    for (const name of names) if (from <= name && name < to) reading.add(name, entries.get(name) as Uint8Array);
  return reading.finish();
}
