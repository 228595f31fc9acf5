import type { DatabaseSync } from "node:sqlite";

/** Increments the revision, as each transaction does in etcd, and returns it. Call it within a write transaction. */
export function nextRevision(db: DatabaseSync): number {
  return Number(db.prepare("UPDATE meta SET revision = revision + 1 RETURNING revision").get()?.revision);
}
