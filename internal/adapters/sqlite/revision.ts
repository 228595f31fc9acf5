import type { DatabaseSync } from "node:sqlite";

/** Counts one more transaction, as etcd's revision does, and returns its number. Within a write transaction. */
export function nextRevision(db: DatabaseSync): number {
  return Number(db.prepare("UPDATE meta SET revision = revision + 1 RETURNING revision").get()?.revision);
}
