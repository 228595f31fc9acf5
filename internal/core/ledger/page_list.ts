import { formats, splitLine, withLine } from "./entry_bytes.ts";
import { UnreadableLedger } from "./entry_fields.ts";
import { ENDED_PAGE, type Layout } from "./folding.ts";
import { HEAD } from "./head_encoding.ts";
import { ENDED } from "./ledger_encoding.ts";
import { PAGE_NAMES, pageName } from "./pages_encoding.ts";

/**
 * Entry `pages/list`: one line of JSON, then one bit for each page, and one for `gone`: whether the store has it. Without a list, nobody could
 * say which page is missing. It is written only when an entry is added, and pages are never deleted: so most rounds do not pay for it.
 */
export const PAGE_LIST = `${PAGE_NAMES.from}list`;
const BITMAP_BYTES = Math.ceil((ENDED_PAGE + 1) / 8);
/** Most bytes of the entry, with its name. */
export const PAGE_LIST_BYTES = BITMAP_BYTES + 100;

/** The pages that the store has once these are folded; null: its list of them stays as it is. */
export function listAfter({ listed, rounds }: Layout, folded: Iterable<number>): ReadonlySet<number> | null {
  const added = [...folded].filter((page) => !rounds.pages.has(page));
  if (added.length === 0 && rounds.pages.size === listed) return null;
  return new Set([...rounds.pages, ...added]);
}

export function encodePageList(pages: Iterable<number>): Uint8Array {
  const { bytes, at } = withLine(formats(2), BITMAP_BYTES);
  for (const page of pages) bytes[at + (page >> 3)]! |= 1 << (page & 7);
  return bytes;
}

/** Throws UnreadableLedger. */
export function decodePageList(bytes: Uint8Array): ReadonlySet<number> {
  const { rest } = splitLine(PAGE_LIST, bytes);
  if (rest.length !== BITMAP_BYTES)
    throw new UnreadableLedger(PAGE_LIST, `it has ${rest.length} bytes of bits, and not ${BITMAP_BYTES}`);
  const pages = new Set<number>();
  for (let page = 0; page < 8 * BITMAP_BYTES; page++) if ((rest[page >> 3]! >> (page & 7)) & 1) pages.add(page);
  const [wrong] = [...pages].filter((page) => page > ENDED_PAGE);
  if (wrong !== undefined) throw new UnreadableLedger(PAGE_LIST, `it has page ${wrong}, and there is none`);
  return pages;
}

/**
 * Throws UnreadableLedger, which names the entry, if a page is missing or is not listed. `list`: null if the entry is missing. `listed`: how
 * many entries the list must have; 0: it was never written. `there`: the pages that the store has.
 */
export function checkPageList(
  list: ReadonlySet<number> | null,
  listed: number,
  there: { has(page: number): boolean; keys(): Iterable<number> },
): void {
  if ((list?.size ?? 0) !== listed)
    throw new UnreadableLedger(
      PAGE_LIST,
      `${list ? `it has ${list.size} entries` : "it is missing"}, and by "${HEAD}" it has ${listed}`,
    );
  if (!list) return;
  const missing = [...list].filter((page) => !there.has(page));
  if (missing[0] !== undefined)
    throw new UnreadableLedger(
      entryOf(missing[0]),
      `it is missing${missing.length > 1 ? `, and so are ${missing.length - 1} more` : ""}`,
    );
  for (const page of there.keys())
    if (!list.has(page)) throw new UnreadableLedger(entryOf(page), `it is not in "${PAGE_LIST}"`);
}

function entryOf(page: number): string {
  return page === ENDED_PAGE ? ENDED : pageName(page);
}
