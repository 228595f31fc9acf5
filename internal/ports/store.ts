/**
 * The one place that outlives every node. It holds the ledger as entries (`head`, `rounds/<version>`, `pages/<page>`, `gone`, `lost`) and the
 * leader key. The store does not look into the entries; their format is in `core/ledger/ledger_encoding.ts`.
 */
export interface Store {
  /** Reads `head` and the leader key, linearizably and as of one moment. Throws StoreError. */
  readHead(): Promise<StoreHead>;

  /**
   * Reads the entries of `range` in the order of their names, linearizably: values of `maxBytes` together, or one entry that is larger.
   * Each call reads the newest state, in a turn of the event loop of its own. A caller that needs the state of one moment compares `head`
   * before and after. Throws StoreError.
   */
  scan(range: EntryRange, maxBytes: number): Promise<ScannedEntries>;

  /**
   * One transaction: it applies `writes` if `holder` still holds the leader key, and `head` still has `headRevision` (0: `head` does not
   * exist). It is never retried here. Throws StoreError, whose `mayBeApplied` says whether the transaction may have been applied, or may be later.
   * Throws RangeError for writes that no store takes (`checkWrites`).
   */
  commit(holder: KeyHolder, headRevision: number, writes: Writes): Promise<CommitOutcome>;

  /** The same without the condition on the leader key. Only `adopt` uses it, when a person has decided. */
  overwrite(headRevision: number, writes: Writes): Promise<CommitOutcome>;

  /**
   * Share of its space that the store uses, from 0 to 1; null if it cannot tell. In etcd, of the quota of the member that answers; in SQLite,
   * of what the file has and could still get from its file system. Throws StoreError.
   */
  usedShare(): Promise<number | null>;

  /** Releases the store's resources. Pending calls fail. */
  close(): Promise<void>;
}

/** Entries to put, by name; a null value deletes the entry. */
export type Puts = ReadonlyMap<string, Uint8Array | null>;

/** Changes of one transaction. `checkWrites` says what they must be. */
export interface Writes {
  readonly puts: Puts;
  /** Ranges of entries to delete. Default: none. */
  readonly ranges?: readonly EntryRange[];
}

/** Entries with names from `from` on and before `to`, in the order of their bytes. */
export interface EntryRange {
  readonly from: string;
  readonly to: string;
}

export interface StoreHead {
  /** The entry `head`; null if there is none. */
  readonly head: Uint8Array | null;
  /** Revision of the last write to `head`; 0 if there is no `head`. */
  readonly headRevision: number;
  readonly leader: LeaderKey | null;
}

export interface ScannedEntries {
  /** Entries by name, in the order of their names. Empty only if the range has no more. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** Where the rest of the range begins; null: there is no rest. */
  readonly next: string | null;
}

/** One holding of the leader key (docs/protocol.md, Commit). */
export interface KeyHolder {
  /** Create revision of the key. It grows with each leader, and begins anew when the store is wiped or restored. */
  readonly epoch: number;
  /** Random name of this holding, which no other one has in any store: the lease's id in etcd. Empty for a leader of 0.1.0 in SQLite. */
  readonly nonce: string;
}

export interface LeaderKey extends KeyHolder {
  readonly nodeId: string;
  /** Address of the leader's peer service: `host:port`. */
  readonly address: string;
  /** Names this holding of the key as it was read, for a take-over: the lease in etcd, the newest beat in SQLite. */
  readonly lease: string;
}

export type CommitOutcome =
  | { readonly kind: "committed"; readonly headRevision: number }
  | { readonly kind: "refused"; readonly leader: LeaderKey | null; readonly headRevision: number };

/**
 * - `away`: no response or no connection; certainly not applied
 * - `unknown`: the transaction may have been applied, or may be later
 * - `locked`: another process holds the write lock; not applied
 * - `full`: no space; applied or not, as `mayBeApplied` says: etcd applies a transaction and then says that it had no space
 * - `denied`: the store refuses this client (authentication, permission, certificate)
 * - `replaced`: the store's file is no longer the one that was opened
 */
export type StoreErrorKind = "away" | "unknown" | "locked" | "full" | "denied" | "replaced";

export interface StoreErrorOptions extends ErrorOptions {
  /** Default: only after `unknown`. */
  readonly mayBeApplied?: boolean;
}

/** The store could not do what it was asked. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  /** Whether the transaction may have been applied, or may be later. If not, it certainly was not. */
  readonly mayBeApplied: boolean;
  constructor(kind: StoreErrorKind, message: string, options: StoreErrorOptions = {}) {
    super(message, options);
    this.name = "StoreError";
    this.kind = kind;
    this.mayBeApplied = options.mayBeApplied ?? kind === "unknown";
  }
}
