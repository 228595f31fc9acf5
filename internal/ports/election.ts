import type { KeyHolder, LeaderKey } from "./store.ts";

/** Decides in the store which node leads. */
export interface Election {
  /** Reads the leader key, linearizably. Throws StoreError. */
  leader(): Promise<LeaderKey | null>;

  /**
   * Puts the leader key under a new lease, if nobody holds it; null if somebody does. Without leadership, the lease is revoked or left to
   * run out. Throws StoreError.
   */
  campaign(candidate: LeaderIdentity): Promise<Lease | null>;

  /**
   * Ends exactly the holding of the key that `dead` was read from, never a later one, and campaigns. Null if somebody else was first, or if
   * the holder has renewed since where the store can tell. Throws StoreError.
   */
  takeOver(candidate: LeaderIdentity, dead: LeaderKey): Promise<Lease | null>;
}

export interface LeaderIdentity {
  readonly nodeId: string;
  readonly address: string;
}

/** Keeps the leader key while it is renewed. */
export interface Lease extends KeyHolder {
  /** Milliseconds for which one renewal keeps the key, counted from when it was asked for. */
  readonly ttl: number;
  /** Extends the lease by `ttl`. False if it has already ended. Throws StoreError. */
  renew(): Promise<boolean>;
  /** Gives the key up by revoking this lease. It never deletes the key itself, which may be another leader's by now. Never throws. */
  resign(): Promise<void>;
}
