import { randomBytes } from "node:crypto";

/**
 * A random lease id, positive and 63 bits long. It is known before the lease is granted, so a lease can be revoked even if the reply to its
 * grant was lost.
 */
export function newLeaseId(): string {
  const bits = randomBytes(8).readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn;
  return (bits || 1n).toString();
}
