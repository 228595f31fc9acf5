import type { Store, StoreHead } from "../../../internal/ports/store.ts";

/** All entries of a store, and the revision of its head. Not of one moment, if somebody writes meanwhile. */
export async function everythingIn(
  store: Store,
): Promise<Omit<StoreHead, "head"> & { readonly entries: ReadonlyMap<string, Uint8Array> }> {
  const { headRevision, leader } = await store.readHead();
  const entries = new Map<string, Uint8Array>();
  for (let from: string | null = ""; from !== null; ) {
    const piece = await store.scan({ from, to: "~" }, 1_000_000);
    for (const [name, value] of piece.entries) entries.set(name, value);
    from = piece.next;
  }
  return { entries, headRevision, leader };
}
