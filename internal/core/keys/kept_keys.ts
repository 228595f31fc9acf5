import { invariant } from "../invariant.ts";
import { type KeyId, timeOfKey } from "./idempotency_key.ts";
import { KeyTable } from "./key_table.ts";

/** Keys whose times are within one slice are forgotten together. */
const SLICE_MS = 60_000;

/** One entry of the store, `keys/<version>`. */
export interface KeyEntry {
  /** Version of the ledger that counted its keys. */
  readonly version: number;
  /** The latest time of its keys, in milliseconds since 1970. */
  readonly latest: number;
}

/**
 * The keys that the ledger has counted and not forgotten, with their content. A key at or before the ledger's `keysForgottenTo` counts as
 * forgotten, whether it is still here or not (`KeyDraft`).
 *
 * Keys are in tables by their time, so that forgetting drops a whole table: 900,000 keys take at most 60 MB.
 */
export class KeptKeys {
  readonly #seed: number;
  readonly #slices = new Map<number, KeyTable>();
  #entries: KeyEntry[] = [];
  /** Keys here, those included that are forgotten and wait for the rest of their slice. */
  size = 0;

  /** `seed`: any 32 bits that clients do not know. */
  constructor(seed = 0) {
    this.#seed = seed;
  }

  /** What the request with this key counted; undefined if the key is not here. */
  get(key: KeyId): number | undefined {
    return this.#slices.get(sliceOf(timeOfKey(key)))?.get(key);
  }

  /**
   * Adds the keys that `version` counted, without those at or before `forgottenTo`. Throws BrokenInvariant if one is here already, or the
   * version is not the newest.
   */
  add(version: number, keys: Iterable<readonly [KeyId, number]>, forgottenTo = 0): void {
    const before = this.#entries.at(-1)?.version ?? 0;
    invariant(before < version, "keys are added in the order of versions", before, version);
    let latest = 0;
    for (const [key, content] of keys) {
      const time = timeOfKey(key);
      latest = Math.max(latest, time);
      if (time <= forgottenTo) continue;
      invariant(this.#tableFor(time).add(key, content), "a key counts once", key, version);
      this.size++;
    }
    this.#entries.push({ version, latest });
  }

  /** Entries of the store that have keys, oldest first. */
  get entries(): readonly KeyEntry[] {
    return this.#entries;
  }

  /** The version up to which every entry has only keys at or before `time`; 0 if the first entry has a later one. */
  forgettableTo(time: number): number {
    const kept = this.#entries.findIndex(({ latest }) => latest > time);
    return (kept === -1 ? this.#entries.at(-1) : this.#entries[kept - 1])?.version ?? 0;
  }

  /** Forgets keys at or before `time`, and the entries up to `version`, which the store has no more. */
  forget(time: number, version: number): void {
    for (const [slice, table] of this.#slices) {
      if ((slice + 1) * SLICE_MS > time + 1) continue;
      this.#slices.delete(slice);
      this.size -= table.size;
    }
    if (version > 0) this.#entries = this.#entries.filter((entry) => entry.version > version);
  }

  *[Symbol.iterator](): Iterator<[KeyId, number]> {
    for (const table of this.#slices.values()) yield* table.entries();
  }

  #tableFor(time: number): KeyTable {
    const slice = sliceOf(time);
    let table = this.#slices.get(slice);
    if (!table) {
      table = new KeyTable(this.#seed);
      this.#slices.set(slice, table);
    }
    return table;
  }
}

function sliceOf(time: number): number {
  return Math.floor(time / SLICE_MS);
}
