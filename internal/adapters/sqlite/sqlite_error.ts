import { StoreError, type StoreErrorKind } from "../../ports/store.ts";

/** The stage at which a transaction failed: before `commit`, nothing was applied. */
export type Stage = "open" | "work" | "commit";

/** Result codes: https://sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const IOERR = 10;
const READONLY_DBMOVED = 1032;
const IOERR_SHMSIZE = 4874;

const KINDS: ReadonlyMap<number, readonly [StoreErrorKind, string]> = new Map([
  [3, ["denied", "check who owns the file and its folder"]],
  [8, ["denied", "check who owns the file and its folder"]],
  [14, ["denied", "check that the file and its folder can be read and written"]],
  [23, ["denied", "check who owns the file and its folder"]],
  [13, ["full", "make room on its disk"]],
  [11, ["denied", "the file is damaged: stop all nodes and put a backup in its place"]],
  [26, ["denied", "the file is not a database: name another one"]],
]);

const SYSTEM_KINDS: ReadonlyMap<string, StoreErrorKind> = new Map([
  ["ENOSPC", "full"],
  ["EDQUOT", "full"],
  ["EACCES", "denied"],
  ["EPERM", "denied"],
  ["EROFS", "denied"],
  ["ENOTDIR", "denied"],
]);

/** Whether another process holds a lock that this one waits for. */
export function isBusy(error: unknown): boolean {
  return [BUSY, LOCKED].includes(codeOf(error) & 0xff);
}

export function toStoreError(file: string, error: unknown, stage: Stage): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [kind, advice] = classify(error, stage);
  return new StoreError(kind, `${file}: ${message}${advice ? ` (${advice})` : ""}`, { cause: error });
}

function classify(error: unknown, stage: Stage): readonly [StoreErrorKind, string] {
  const code = codeOf(error);
  if (isBusy(error)) return ["locked", "another process holds its lock"];
  if (code === READONLY_DBMOVED) return ["replaced", ""];
  if (code === IOERR_SHMSIZE) return ["full", "make room on its disk"];
  const known = KINDS.get(code & 0xff);
  if (known) return known;
  // After a failed write or sync, the commit record may still be complete on disk.
  if ((code & 0xff) === IOERR && stage === "commit") return ["unknown", ""];
  return [SYSTEM_KINDS.get((error as NodeJS.ErrnoException).code ?? "") ?? "away", ""];
}

/** SQLite's extended result code, or 0 for other errors. */
function codeOf(error: unknown): number {
  const code = error instanceof Error && "errcode" in error ? error.errcode : 0;
  return typeof code === "number" ? code : 0;
}
