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
  {
    name: "Commit: etcd knows the holder of the key by its epoch, which comes again in a wiped store",
    file: "internal/adapters/etcd/etcd_store.ts",
    find: 'commit({ nonce }: KeyHolder, headRevision: number, writes: Writes): Promise<CommitOutcome> {\n    // Not the create revision: revisions begin anew in a wiped or restored store, and the ids of leases are random.\n    const fence: ICompare = { key: this.#keys.leader, target: "Lease", result: "Equal", lease: nonce };',
    replace:
      'commit({ epoch }: KeyHolder, headRevision: number, writes: Writes): Promise<CommitOutcome> {\n    const fence: ICompare = { key: this.#keys.leader, target: "Create", result: "Equal", create_revision: epoch };',
    test: "test/ports/store/contract.test.ts",
    needs: ["etcd"],
  },
  {
    name: "Commit: SQLite knows the holder of the key by its epoch, which comes again in a wiped store",
    file: "internal/adapters/sqlite/sqlite_store.ts",
    find: 'commit({ nonce }: KeyHolder, headRevision: number, writes: Writes): Promise<CommitOutcome> {\n    checkWrites(writes);\n    return this.#transactions.write((db) => {\n      const led = db.prepare("SELECT 1 FROM leader WHERE nonce = ?").get(nonce) !== undefined;',
    replace:
      'commit({ epoch }: KeyHolder, headRevision: number, writes: Writes): Promise<CommitOutcome> {\n    checkWrites(writes);\n    return this.#transactions.write((db) => {\n      const led = db.prepare("SELECT 1 FROM leader WHERE epoch = ?").get(epoch) !== undefined;',
    test: "test/ports/store/contract.test.ts",
  },
];
