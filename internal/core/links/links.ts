/** Destinations by counter. `GET /go/{counter}` counts a hit and leads there. */
export type Links = ReadonlyMap<string, string>;

/** Most links of a ledger, and most bytes of their names and destinations together: every node gets all of them. */
export const MAX_LINKS = 1_000;
export const MAX_LINK_BYTES = 256_000;

/** Bytes of all links. Names and destinations are of ASCII. */
export function sizeOfLinks(links: Links): number {
  let bytes = 0;
  for (const [counter, url] of links) bytes += counter.length + url.length;
  return bytes;
}

/** Whether a ledger may have these links. */
export function fitsLimits(links: Links): boolean {
  return links.size <= MAX_LINKS && sizeOfLinks(links) <= MAX_LINK_BYTES;
}

/** The links after these changes. A null destination removes a link. */
export function changedLinks(links: Links, changes: ReadonlyMap<string, string | null>): Links {
  if (changes.size === 0) return links;
  const changed = new Map(links);
  for (const [counter, url] of changes) {
    if (url === null) changed.delete(counter);
    else changed.set(counter, url);
  }
  return changed;
}
