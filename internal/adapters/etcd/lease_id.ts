import { randomBytes } from "node:crypto";

/**
 * A lease id of our own choosing, positive and 63 bits long. Because it is known before it is granted, a lease whose grant was
 * answered by silence can still be revoked.
 */
export function newLeaseId(): string {
  const bits = randomBytes(8).readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn;
  return (bits || 1n).toString();
}
