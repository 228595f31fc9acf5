import type { Mutation } from "../mutation.ts";

/** What stores promise: what was committed stays committed, and a read is not older than it. */
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
  {
    name: "Commit: etcd is read as one member has it",
    file: "internal/adapters/etcd/etcd_connection.ts",
    find: 'return this.#unary("KV", "range", request);',
    replace: 'return this.#unary("KV", "range", { ...request, serializable: true });',
    test: "test/adapters/etcd/partitions/partitions.test.ts",
    needs: ["etcd", "network namespaces", "curl"],
  },
  {
    name: "Commit: a transaction of etcd whose answer was lost is taken for one that had no effect",
    file: "internal/adapters/etcd/call_failure.ts",
    find: 'return mayApply ? "unknown" : "away";',
    replace: 'return "away";',
    test: "test/adapters/etcd/partitions/partitions.test.ts",
    needs: ["etcd", "network namespaces", "curl"],
  },
];
