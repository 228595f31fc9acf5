import type { LeaderKey } from "./store.ts";

/** Who leads, decided in the store. */
export interface Election {
  /** The leader key, linearizably. Throws StoreError. */
  leader(): Promise<LeaderKey | null>;

  /**
   * Puts the leader key if nobody holds it, under a new lease; null when somebody does. On any result but leadership the
   * lease is revoked, or left to run out. Throws StoreError.
   */
  campaign(candidate: LeaderIdentity): Promise<Lease | null>;
}

export interface LeaderIdentity {
  readonly nodeId: string;
  readonly address: string;
}

/** The leader key, for as long as it is renewed. */
export interface Lease {
  readonly epoch: number;
  /** Milliseconds that one renewal, counted from the moment it was asked for, keeps the key. */
  readonly ttl: number;
  /** Extends the lease by `ttl`. False when it has already ended. Throws StoreError. */
  renew(): Promise<boolean>;
  /** Gives the key up by revoking this lease (never by deleting a key that may be another's). Never throws. */
  resign(): Promise<void>;
}
