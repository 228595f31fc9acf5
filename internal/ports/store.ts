/**
 * The one place that outlives every node. It holds the ledger as entries (`head`, `gone`, `totals/00`..`totals/63`, `lost`) and the leader
 * key. The store does not look into the entries; their format is in `core/ledger/ledger_encoding.ts`.
 */
export interface Store {
  /** Reads every ledger entry and the leader key, linearizably and as of one moment. Throws StoreError. */
  read(): Promise<StoreImage>;

  /**
   * One transaction: it puts `puts` if the leader key still has `epoch`, and `head` still has `headRevision` (0: `head` does not exist).
   * It is never retried here. Throws StoreError, whose `mayBeApplied` says whether the transaction may have been applied, or may be later.
   */
  commit(epoch: number, headRevision: number, puts: Puts): Promise<CommitOutcome>;

  /** The same without the condition on `epoch`. Only `adopt` uses it, when a person has decided. */
  overwrite(headRevision: number, puts: Puts): Promise<CommitOutcome>;

  /** Releases the store's resources. Pending calls fail. */
  close(): Promise<void>;
}

/** A null value deletes the entry. */
export type Puts = ReadonlyMap<string, Uint8Array | null>;

export interface StoreImage {
  /** Entries by name, without the store's own prefix. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** Revision of the last write to `head`; 0 if there is no `head`. */
  readonly headRevision: number;
  readonly leader: LeaderKey | null;
}

export interface LeaderKey {
  /** Create revision of the key. It grows with each leader. */
  readonly epoch: number;
  readonly nodeId: string;
  /** Address of the leader's peer service: `host:port`. */
  readonly address: string;
  /** Names this holding of the key, and no later one: the lease in etcd, the newest beat in SQLite. */
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
