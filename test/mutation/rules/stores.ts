import type { Mutation } from "../mutation.ts";

/** What the stores promise: what was committed stays committed, and a read is not older than it. */
export const STORES: readonly Mutation[] = [
  {
    name: "Commit: SQLite says yes before a commit is on the disk",
    file: "internal/adapters/sqlite/schema.ts",
    find: 'db.exec("PRAGMA synchronous = FULL");',
    replace: 'db.exec("PRAGMA synchronous = NORMAL");',
    test: "test/adapters/sqlite/power_loss.test.ts",
    needs: ["strace"],
  },
  {
    name: "Commit: SQLite never syncs its files",
    file: "internal/adapters/sqlite/schema.ts",
    find: 'db.exec("PRAGMA synchronous = FULL");',
    replace: 'db.exec("PRAGMA synchronous = OFF");',
    test: "test/adapters/sqlite/power_loss.test.ts",
    needs: ["strace"],
  },
];
