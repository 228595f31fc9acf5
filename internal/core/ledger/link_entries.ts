import { isDestination } from "../links/destination.ts";
import { isCounterName } from "../names.ts";
import { formats, splitLine, withLine } from "./entry_bytes.ts";
import { UnreadableLedger } from "./entry_fields.ts";

/** Entries `links/<counter>`: one line of JSON each, with the `url` that the link leads to. */
export const LINK_NAMES = { from: "links/", to: "links0" };

/** What a transaction must write for these changes. A null destination removes a link. */
export function linkWrites(changes: ReadonlyMap<string, string | null>): Map<string, Uint8Array | null> {
  const writes = new Map<string, Uint8Array | null>();
  for (const [counter, url] of changes)
    writes.set(LINK_NAMES.from + counter, url === null ? null : withLine({ ...formats(2), url }, 0).bytes);
  return writes;
}

/** Adds an entry to `links`. Throws UnreadableLedger. */
export function addLinkEntry(links: Map<string, string>, name: string, entry: Uint8Array): void {
  const counter = name.slice(LINK_NAMES.from.length);
  if (!isCounterName(counter))
    throw new UnreadableLedger(name, `its name must be "${LINK_NAMES.from}" and the name of a counter`);
  const url = splitLine(name, entry).fields.text("url");
  if (!isDestination(url)) throw new UnreadableLedger(name, "its url is none that a link may lead to");
  links.set(counter, url);
}
