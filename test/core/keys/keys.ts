import type { KeyId } from "../../../internal/core/keys/idempotency_key.ts";

/** A key of this time, in milliseconds; different for each `n`. */
export function keyAt(time: number, n = 0): KeyId {
  return `${time.toString(16).padStart(12, "0")}70008${n.toString(16).padStart(15, "0")}`;
}
