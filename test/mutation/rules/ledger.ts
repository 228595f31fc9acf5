import type { Mutation } from "../mutation.ts";

/** How the leader plans, commits and publishes, and what the ledger forgets. */
export const LEDGER: readonly Mutation[] = [
  {
    name: "Admit: shares give away the room of reserved counters",
    file: "internal/core/ledger/ledger_size.ts",
    find: "limits.counters - totals.size - absent.length",
    replace: "limits.counters - totals.size",
  },
  {
    name: "Admit: a reserved counter needs a part of the share",
    file: "internal/services/counter/counters.ts",
    find: " || this.#reserved.has(counter)) return true;",
    replace: ") return true;",
  },
  {
    name: "Plan: a batch counts wherever it begins, if it ends past the watermark",
    file: "internal/core/ledger/ledger_draft.ts",
    find: 'if (batch.from !== watermark) return batch.to <= watermark ? "covered" : "gap";',
    replace: 'if (batch.to <= watermark && batch.from !== batch.to) return "covered";',
  },
  {
    name: "Plan: the watermark does not move within a plan",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "const known = watermarkOf(this, batch.source);",
    replace:
      "const known = watermarkOf(this.#ledger, batch.source) ?? (batch.last ? watermarkOf(this, batch.source) : undefined);",
  },
  {
    name: "Plan: a source that folds in gone stays there",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "if (this.ended.delete(batch.source)) this.endedChanged = true;",
    replace: "",
  },
  {
    name: "Plan: counts that do not add up are folded",
    file: "internal/core/ledger/ledger_draft.ts",
    find: 'if (!isConsistent(batch)) return "malformed";',
    replace: "",
  },
  {
    name: "Plan: a page is changed without adding it up again first",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "for (const page of this.#changedPages()) auditPage(this.#ledger, page);",
    replace: "",
  },
  {
    name: "Commit: no fence by the revision of head",
    file: "test/simulation/sim_store.ts",
    find: "|| this.headRevision !== headRevision",
    replace: "",
  },
  {
    name: "Commit: no fence by epoch",
    file: "test/simulation/sim_store.ts",
    find: "(epoch !== null && leader?.epoch !== epoch) ||",
    replace: "",
    coveredBy: "the fence by the revision of head; the epoch spares a deposed leader nothing but its next round",
  },
  {
    name: "Commit: the ledger is not read again after a refusal",
    file: "internal/services/leader/leader.ts",
    find: 'else await this.#reread("refused");',
    replace: "else rounds.headRevision = outcome.headRevision;",
  },
  {
    name: "Commit: an unknown outcome is taken for a yes",
    file: "internal/services/leader/leader.ts",
    find: "    } catch (error) {\n      this.#storeFailed(error);\n    }\n  }\n\n  /** Reads the ledger again, because it may",
    replace:
      "    } catch (error) {\n      rounds.settle(plan, rounds.headRevision, this.#deps.clock.monotonic());\n      this.#storeFailed(error);\n    }\n  }\n\n  /** Reads the ledger again, because it may",
  },
  {
    name: "Publish: what is on its way is dropped from the page at the collect",
    file: "internal/services/counter/leader_session.ts",
    find: "    const batches = heldLogs.offer(ledger);",
    replace:
      "    const batches = heldLogs.offer(ledger);\n    this.#deps.counters.removePending(heldLogs.own?.log.segments ?? []);",
  },
  {
    name: "Publish: a snapshot is adopted that does not speak of every log held here",
    file: "internal/services/counter/leader_session.ts",
    find: "if (heldLogs.mentions(publication.watermarks))",
    replace: "if (heldLogs !== undefined)",
  },
  {
    name: "Publish: an older snapshot is adopted",
    file: "internal/services/counter/leader_session.ts",
    find: "return seen.every((ref) => ref?.id !== ledger.id || ref.version <= ledger.version);",
    replace: "return seen.length >= 0;",
  },
  {
    name: "Publish: hits that a snapshot covers stay on the page as pending",
    file: "internal/services/counter/held_logs.ts",
    find: "if (held.visible) this.#counters.removePending(covered);",
    replace: "",
  },
  {
    name: "End: prunedTo is the last pruned source's version",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "this.prunedTo = Math.max(this.prunedTo, ended.version);",
    replace: "this.prunedTo = ended.version;",
  },
  {
    name: "End: an ended source leaves no watermark",
    file: "internal/core/ledger/ledger_draft.ts",
    find: "this.ended.set(source, { watermark, complete, version: this.version });",
    replace: "this.prunedSum += BigInt(watermark);",
  },
  {
    name: "End: a leader that reads the ledger again forgets how long it waited for silent sources",
    file: "internal/services/leader/leader.ts",
    find: "if (!this.#isAt(ledger, headRevision)) this.#begin",
    replace: "this.#begin",
  },
  {
    name: "Publish: a tail that was taken over is shown before a snapshot has judged it",
    file: "internal/services/counter/held_logs.ts",
    find: "carriedLog(SourceLog.closed(tail), journal)",
    replace: "{ ...carriedLog(SourceLog.closed(tail), journal), visible: true }",
  },
  {
    name: "Publish: a recovered log is shown before a snapshot has judged it",
    file: "internal/services/counter/held_logs.ts",
    find: "return carriedLog(log, journal, ageUnknown);",
    replace: "return { ...carriedLog(log, journal, ageUnknown), visible: true };",
  },
  {
    name: "Commit: what a store without space refused is taken for not applied",
    file: "internal/services/leader/leader.ts",
    find: "if (mayBeApplied) this.#unsettled = true;",
    replace: 'if (mayBeApplied && outcome === "unknown") this.#unsettled = true;',
  },
  {
    name: "Plan: the fields of a stored entry are not checked",
    file: "internal/core/ledger/entry_fields.ts",
    find: "return isDecimal(value) ? BigInt(value)",
    replace: "return value !== undefined ? BigInt(value as string)",
  },
  {
    name: "Place: a holder judges its log by the highest watermark of all its ids",
    file: "internal/services/counter/held_logs.ts",
    find: "assess(held.log, change, shown);",
    replace: "assess(held.log, change, { ...shown, watermark: highest });",
  },
  {
    name: "Rebase: a log that another holder went on with, and that is forgotten, is rebased again",
    file: "internal/core/ledger/log_assessment.ts",
    find: 'if (shown.watermark === null && firstOffer.version < prunedTo) return { kind: "indeterminate" };',
    replace: "",
  },
  {
    name: "Rebase: hits that nobody else has leave the page",
    file: "internal/services/counter/held_logs.ts",
    find: "if (this.#mayBeElsewhere(held)) this.#conceal(held);",
    replace: "this.#conceal(held);",
  },
  {
    name: "Plan: what is foreign or indeterminate is refused in silence",
    file: "internal/core/ledger/rounds.ts",
    find: 'if (verdict === "counted" || verdict === "covered" || blamed',
    replace: 'if ((verdict !== "malformed" && verdict !== "gap") || blamed',
  },
  {
    name: "Copies: a leader does not see that a log lives twice",
    file: "internal/services/leader/copied_logs.ts",
    find: "if (holder && holder.node !== node && holder.round < round)",
    replace: "if (holder && holder.node === node && holder.round < round)",
  },
  {
    name: "Copies: a node that drains says that its logs are nobody else's",
    file: "internal/services/counter/leader_session.ts",
    find: "begun: draining() ? [] : heldLogs.begunSources(),",
    replace: "begun: heldLogs.begunSources(),",
  },
];
