/**
 * The one place that outlives every node. It holds the ledger as a few entries (`head`, `gone`, `totals/00`..`totals/63`, `lost`)
 * and the leader key. What is in the entries is the core's business (`core/ledger/ledger_encoding.ts`).
 */
export interface Store {
  /** Every ledger entry and the leader key, linearizably, as of one moment. Throws StoreError. */
  read(): Promise<StoreImage>;

  /**
   * One transaction: if the leader key still has `epoch` and `head` still has `headRevision` (0: does not exist), put `puts`.
   * `puts` always holds `head`. Never retried here. Throws StoreError; its `mayBeApplied` says whether the transaction may have been applied.
   */
  commit(epoch: number, headRevision: number, puts: Puts): Promise<CommitOutcome>;

  /** The same without the leader's fence, for `adopt` only: a person decided. */
  overwrite(headRevision: number, puts: Puts): Promise<CommitOutcome>;

  /** Releases what it holds. Pending calls fail. */
  close(): Promise<void>;
}

/** A null value deletes the entry. */
export type Puts = ReadonlyMap<string, Uint8Array | null>;

export interface StoreImage {
  /** Entries by name, without the store's own prefix. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** Revision of the last write to `head`; 0 when there is none. */
  readonly headRevision: number;
  readonly leader: LeaderKey | null;
}

export interface LeaderKey {
  /** Create revision of the key: grows with each leader. */
  readonly epoch: number;
  readonly nodeId: string;
  /** Where peers reach the leader: `host:port`. */
  readonly address: string;
}

export type CommitOutcome =
  | { readonly kind: "committed"; readonly headRevision: number }
  | { readonly kind: "refused"; readonly leader: LeaderKey | null; readonly headRevision: number };

/**
 * - `away`: no answer or no connection, and certainly not applied
 * - `unknown`: the transaction may have been applied, or may still be
 * - `locked`: another process holds the write lock; not applied
 * - `full`: no space; applied or not, as `mayBeApplied` says: etcd applies a transaction and then says that it had no space
 * - `denied`: the store refuses us (authentication, permission, certificate)
 * - `replaced`: the store's file is no longer the one that was opened
 */
export type StoreErrorKind = "away" | "unknown" | "locked" | "full" | "denied" | "replaced";

export interface StoreErrorOptions extends ErrorOptions {
  /** Default: only after `unknown`. */
  readonly mayBeApplied?: boolean;
}

export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  /** The transaction may have been applied, or may still be. Otherwise it certainly was not. */
  readonly mayBeApplied: boolean;
  constructor(kind: StoreErrorKind, message: string, options: StoreErrorOptions = {}) {
    super(message, options);
    this.name = "StoreError";
    this.kind = kind;
    this.mayBeApplied = options.mayBeApplied ?? kind === "unknown";
  }
}
