import type { Mutation } from "../mutation.ts";

/** What becomes of logs when a person goes on from a lost store. */
export const ADOPTING: readonly Mutation[] = [
  {
    name: "First offer: a log of an earlier ledger is offered as one of this ledger",
    file: "internal/services/counter/held_logs.ts",
    find: "if (log.born && log.born.id !== receiver.id) return log.born;",
    replace: "",
  },
  {
    name: "Rebase: a log goes on under its old note after an adoption",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "placeOf(batch, {",
    replace: "placeOf({ ...batch, firstOffer: { ...batch.firstOffer, id: this.#ledger.id } }, {",
  },
  {
    name: "Rebase: a log's earlier ids are forgotten when it goes on in an adopted ledger",
    file: "internal/core/log/source_log.ts",
    find: "    this.formerly = this.ids;\n",
    replace: "",
  },
  {
    name: "Rebase: a log's earlier ids are not in its journal",
    file: "internal/services/counter/log_judge.ts",
    find: "source: id, formerly: log.ids, base",
    replace: "source: id, base",
  },
  {
    name: "Rebase: a log's id in an adopted ledger is derived from its last id",
    file: "internal/core/ledger/log_assessment.ts",
    find: "id: rebasedId(log.ids[0]!, adoption),",
    replace: "id: rebasedId(log.ids.at(-1)!, adoption),",
  },
  {
    name: "Adopt: the sum of all counters keeps what another ledger had",
    file: "internal/services/counter/counters.ts",
    find: "    this.#totals = new Totals([], this.#seed);\n    this.#names",
    replace: "    this.#names",
  },
  {
    name: "Adopt: each adoption is clean",
    file: "internal/services/adoption/adoption.ts",
    find: "clean: ledger === found?.id || isFirst",
    replace: "clean: true",
  },
  {
    name: "Adopt: only logs of the ledger that was found can follow",
    file: "internal/services/adoption/adoption.ts",
    find: "clean: ledger === found?.id || isFirst",
    replace: "clean: ledger === found?.id",
  },
  {
    name: "Set aside: a log that could not be split on a full disk is never split",
    file: "internal/services/counter/log_judge.ts",
    find: 'else if (held === this.#logs.own) this.#setAside(held, "indeterminate");',
    replace: "",
  },
  {
    name: "Adopt: an adoption of unknown outcome is taken for refused",
    file: "internal/services/adoption/adoption.ts",
    find: "if (!(error instanceof StoreError) || !error.mayBeApplied) throw error;",
    replace: "if (error !== null) throw error;",
  },
  {
    name: "Rebase: the older file is deleted before the entry of the new one is synced",
    file: "internal/adapters/disk/journal_file.ts",
    find: "    try {\n      syncDirectory(path);\n    } catch (error) {\n      closeLocked(file);",
    replace: "    try {\n      rmSync(this.#path, { force: true });\n    } catch (error) {\n      closeLocked(file);",
    test: "test/adapters/disk/power_loss.test.ts",
  },
  {
    name: "Rebase: a log is offered before a snapshot has judged it under its new id",
    file: "internal/services/counter/log_judge.ts",
    find: "    held.placed = false;\n",
    replace: "",
  },
  {
    name: "Set aside: a leader is silent about the hits that nodes cannot place",
    file: "internal/services/leader/uncounted_hits.ts",
    find: "if (hits > (this.#reported.get(node) ?? 0))",
    replace: "if (hits < 0)",
  },
  {
    name: "Set aside: hits that nobody can place stay in a page whose total contains them",
    file: "internal/services/counter/counters.ts",
    find: "const leaving = Math.min(pending.unplaced, above);",
    replace: "const leaving = Math.min(0, above);",
  },
  {
    name: "Set aside: a log waits for ever for a holder that has less of it",
    file: "internal/services/counter/log_judge.ts",
    find: "if (held !== this.#logs.own && held.gap.snapshots > GAP_SNAPSHOTS)",
    replace: "if (held !== this.#logs.own && held.gap.snapshots < 0)",
  },
  {
    name: "Set aside: visitors wait for a log that goes on without their hits",
    file: "internal/services/counter/log_judge.ts",
    find: "      held.continuedBy = this.#logs.own;\n",
    replace: "",
  },
  {
    name: "Set aside: new hits wait in a log that begins past the ledger's watermark",
    file: "internal/services/counter/log_judge.ts",
    find: "if (held === this.#logs.own) this.#beginAnother(held);",
    replace: "",
  },
];
