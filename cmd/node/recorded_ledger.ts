import { readFileSync } from "node:fs";

/** The ledger id in `file`. Null without a file or without content: the operator writes the id only when it knows the ledger. */
export function recordedLedger(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim() || null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
