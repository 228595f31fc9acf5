import { randomBytes } from "node:crypto";
import type { Random } from "../../ports/random.ts";

/** Cryptographic randomness: ids must differ between nodes that start in the same millisecond from the same image. */
export const systemRandom: Random = {
  id: () => randomBytes(8).toString("hex"),
  fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};
