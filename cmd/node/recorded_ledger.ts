import { readFileSync } from "node:fs";

/** The id of the ledger that `file` names; null while there is no such file, or nothing in it: in Kubernetes it comes once a ledger is known. */
export function recordedLedger(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim() || null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
