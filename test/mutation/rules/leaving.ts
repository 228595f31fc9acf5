import type { Mutation } from "../mutation.ts";

/** How a node leaves, and what the next process finds on its disk. */
export const LEAVING: readonly Mutation[] = [
  {
    name: "Drain: a node that has less of a log says yes to more of it",
    file: "internal/services/counter/held_logs.ts",
    find: "if (held && held.log.end < endOf(tail)) throw",
    replace: "if (held && held.log.end < 0) throw",
  },
  {
    name: "Drain: hits are taken after the log was closed for the drain",
    file: "internal/services/counter/hits.ts",
    find: "    this.flush();\n    this.#closed = true;",
    replace: "    this.flush();",
  },
  {
    name: "Drain: a node leaves without what it carries",
    file: "internal/services/node/drain.ts",
    find: "if (!log.indeterminate && !this.#handedOver.has(log.id)) left += log.pending;",
    replace:
      "if (!log.indeterminate && !this.#handedOver.has(log.id) && log === this.#deps.heldLogs.own?.log) left += log.pending;",
  },
  {
    name: "Drain: a draining leader resigns first",
    file: "internal/services/node/drain.ts",
    find: "while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < waitForEndsUntil)) {",
    replace:
      "leader()?.resign();\n    while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < waitForEndsUntil)) {",
  },
  {
    name: "Drain: the receiver says yes and keeps the remains in memory only",
    file: "internal/services/counter/held_logs.ts",
    find: "const journal = this.#directory?.store(tail) ?? null;",
    replace: "const journal = null;",
  },
  {
    name: "Drain: the giver does not sync a log before it hands it over",
    file: "internal/services/counter/held_logs.ts",
    find: 'this.#recordFirstOffer(held, receiver) && this.#try("journal cannot be synced", () => held.journal?.sync())',
    replace: "this.#recordFirstOffer(held, receiver)",
  },
  {
    name: "Recover: journals of earlier lives are not recovered",
    file: "internal/services/counter/held_logs.ts",
    find: "for (const recovered of this.#directory?.recover() ?? []) {",
    replace: "for (const recovered of this.#directory?.recover().slice(0, 0) ?? []) {",
  },
  {
    name: "Drain: a draining node takes remains",
    file: "internal/services/node/handoff_receiver.ts",
    find: 'if (this.#deps.draining()) return "this node is draining, too";',
    replace: "",
    coveredBy: "a draining node waits for what it carries; with a data directory it stays in its journal",
  },
  {
    name: "Recover: a data directory is made anew without the logs that are held",
    file: "internal/services/counter/held_logs.ts",
    find: "for (const { log, journal } of this.all()) journal?.rewrite(stateOf(log));",
    replace: "",
  },
  {
    name: "Drain: the data directory is not looked at before a drain's last report",
    file: "internal/services/node/node.ts",
    find: "this.#directory?.check();",
    replace: "",
  },
  {
    name: "Drain: only nodes that a leader spoke of are handed a tail",
    file: "internal/services/node/drain.ts",
    find: "const discovered = await discovery.members().catch(() => []);",
    replace: "const discovered: Member[] = [];\n    void discovery;",
  },
  {
    name: "Recover: a start does not look whether another process has a journal open",
    file: "internal/adapters/disk/journal_recovery.ts",
    find: "if (!folder.open.has(source) && isFileLocked(path))",
    replace: 'if (!folder.open.has(source) && isFileLocked("none"))',
    test: "test/adapters/disk/processes.test.ts",
  },
  {
    name: "Recover: a journal is not locked before it gets its name",
    file: "internal/adapters/disk/locked_file.ts",
    find: "unlock = lockFile(unfinished);",
    replace: "void lockFile; void unfinished;",
    test: "test/adapters/disk/processes.test.ts",
  },
  {
    name: "Recover: a journal that was recovered is not locked",
    file: "internal/adapters/disk/journal_recovery.ts",
    find: "return { file: replaceLocked(path, content), length: content.length };",
    replace: "if (content.length >= 0) throw new Error(); return { file: replaceLocked(path, content), length: 0 };",
    test: "test/adapters/disk/processes.test.ts",
  },
  {
    name: "Recover: a data directory may be on a network file system",
    file: "internal/adapters/disk/data_directory.ts",
    find: "if (remote === null) return;",
    replace: "if (remote !== undefined) return;",
    test: "test/adapters/disk/data_directory.test.ts",
  },
  {
    name: "Recover: whole records behind a broken one are taken for a torn tail",
    file: "internal/adapters/disk/journal_reader.ts",
    find: "if (records.length === 0 && !hidesFirstOffer) return null;",
    replace: "if (records.length >= 0 && !hidesFirstOffer) return null;",
    test: "test/adapters/disk/damage.test.ts",
  },
  {
    name: "Recover: a damaged journal is cut like one with a torn tail",
    file: "internal/adapters/disk/damaged_journals.ts",
    find: "if (found === null) linkSync(path, name);",
    replace: "if (found === null) return void linkSync ?? name;",
    test: "test/adapters/disk/damage.test.ts",
  },
  {
    name: "Recover: a file gets its name before its content is synced",
    file: "internal/adapters/disk/durable_files.ts",
    find: "    fdatasyncSync(fd);\n",
    replace: "    void fdatasyncSync;\n",
    test: "test/adapters/disk/power_loss.test.ts",
  },
  {
    name: "Recover: the entry of a created folder is not synced",
    file: "internal/adapters/disk/folders.ts",
    find: "  syncDirectory(path);\n",
    replace: "  void syncDirectory;\n",
    test: "test/adapters/disk/power_loss.test.ts",
  },
  {
    name: "Drain: a tail that is there already is not synced before the receiver says yes",
    file: "internal/adapters/disk/data_directory.ts",
    find: "if (journal.end >= endOf(remains)) journal.sync();",
    replace: "if (journal.end >= endOf(remains)) return journal;",
    test: "test/adapters/disk/power_loss.test.ts",
  },
  {
    name: "Recover: the entry of a rewritten journal is not synced",
    file: "internal/adapters/disk/journal_file.ts",
    find: "    this.#syncFailed = true;\n    syncDirectory(this.#path);\n",
    replace: "    this.#syncFailed = true;\n",
    test: "test/adapters/disk/power_loss.test.ts",
  },
];
