/** One rule of DESIGN section 3, taken out of the code: `find` must occur exactly once in `file`. */
export interface Mutation {
  /** Rule, and what is missing without it. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Another rule still stops every history that this one stops; it is reported, and need not be caught. */
  readonly coveredBy?: string;
}

const draft = "internal/core/ledger/ledger_draft.ts";
const log = "internal/core/log/source_log.ts";
const rounds = "internal/core/ledger/rounds.ts";
const held = "internal/core/ledger/log_assessment.ts";
const standing = "internal/core/ledger/loss_detection.ts";
const holdings = "internal/services/counter/held_logs.ts";
const hits = "internal/services/counter/hits.ts";
const collection = "internal/services/counter/leader_session.ts";
const directoryWatch = "internal/services/counter/directory_watch.ts";
const leader = "internal/services/leader/leader.ts";
const tenure = "internal/services/leader/leadership.ts";
const drain = "internal/services/node/drain.ts";
const node = "internal/services/node/node.ts";
const campaigning = "internal/services/node/candidate.ts";
const simStore = "test/simulation/sim_store.ts";

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "1: hits of a failed journal write are acknowledged all the same",
    file: hits,
    find: "if (refusal !== null) {",
    replace: "if (refusal !== null && turn.length > 1_000) {",
  },
  {
    name: "2: absent is zero",
    file: draft,
    find: 'if (known === undefined && batch.firstOffer.version < this.prunedTo) return "indeterminate";',
    replace: "",
  },
  {
    name: "2: the note is taken again by whoever offers the log next",
    file: holdings,
    find: "if (held.log.firstOffer !== null) return true;",
    replace: "if (held.log.firstOffer !== null && held.log.firstOffer.version >= receiver.version) return true;",
  },
  {
    name: "3: a new batch is sealed while one is outstanding",
    file: log,
    find: "return this.segments.length === 0 && this.open.size > 0;",
    replace: "this.segments.length = 0; return this.open.size > 0;",
  },
  {
    name: "3: answers to other rounds are taken",
    file: rounds,
    find: "if (answer.epoch !== this.epoch || answer.round !== this.round) return false;",
    replace: "",
  },
  {
    name: "3: the end of a batch is not recorded in the journal",
    file: holdings,
    find: 'if (this.#try("a batch cannot be sealed yet", () => journal?.seal())) log.seal();',
    replace: "void journal; log.seal();",
  },
  {
    name: "4: a batch counts wherever it begins, if it ends past the watermark",
    file: draft,
    find: 'if (batch.from !== watermark) return batch.to <= watermark ? "covered" : "gap";',
    replace: 'if (batch.to <= watermark && batch.from !== batch.to) return "covered";',
  },
  {
    name: "4: the watermark does not move within a plan",
    file: draft,
    find: "const known = watermarkOf(this, batch.source);",
    replace:
      "const known = watermarkOf(this.#ledger, batch.source) ?? (batch.last ? watermarkOf(this, batch.source) : undefined);",
  },
  {
    name: "4: a source that folds in gone stays there",
    file: draft,
    find: "if (this.ended.delete(batch.source)) this.endedChanged = true;",
    replace: "",
  },
  {
    name: "4: counts that do not add up are folded",
    file: draft,
    find: 'if (!isConsistent(batch)) return "malformed";',
    replace: "",
  },
  {
    name: "5: no fence by the revision of head",
    file: simStore,
    find: "|| this.headRevision !== headRevision",
    replace: "",
  },
  {
    name: "5: no fence by epoch",
    file: simStore,
    find: "(epoch !== null && leader?.epoch !== epoch) ||",
    replace: "",
    coveredBy: "the fence by the revision of head; the epoch spares a deposed leader nothing but its next round",
  },
  {
    name: "5: the ledger is not read again after a refusal",
    file: leader,
    find: 'else await this.#reread("refused");',
    replace: "else rounds.headRevision = outcome.headRevision;",
  },
  {
    name: "5: an unknown outcome is taken for a yes",
    file: leader,
    find: "    } catch (error) {\n      this.#storeFailed(error);\n    }\n  }\n\n  /** The ledger moved",
    replace:
      "    } catch (error) {\n      rounds.settle(plan, rounds.headRevision, this.#deps.clock.monotonic());\n      this.#storeFailed(error);\n    }\n  }\n\n  /** The ledger moved",
  },
  {
    name: "6: what is on its way is dropped from the page at the collect",
    file: collection,
    find: "    const batches = heldLogs.offer(ledger);",
    replace:
      "    const batches = heldLogs.offer(ledger);\n    this.#deps.counters.removePending(heldLogs.own?.log.segments ?? []);",
  },
  {
    name: "6: a snapshot is adopted that does not speak of every log held here",
    file: collection,
    find: "if (heldLogs.mentions(publication.watermarks))",
    replace: "if (heldLogs !== undefined)",
  },
  {
    name: "6: an older snapshot is adopted",
    file: collection,
    find: "return seen.every((ref) => ref?.id !== ledger.id || ref.version <= ledger.version);",
    replace: "return seen.length >= 0;",
  },
  {
    name: "7: the lease is renewed although rounds are stuck",
    file: tenure,
    find: 'if (this.#clock.monotonic() >= this.#validUntil) this.end("superseded", "could not renew its lease in time");',
    replace: "",
    coveredBy: "the fence in the store: validity on the clock only saves a deposed leader's work",
  },
  {
    name: "7: resigning deletes whatever leader key there is",
    file: simStore,
    find: "if (store.leader?.lease === lease) store.leader = null;",
    replace: "store.leader = null;",
  },
  {
    name: "7: a follower that nobody collects does not knock",
    file: campaigning,
    find: "if (key && key.nodeId !== self.id) return this.#announce(key);",
    replace: "",
  },
  {
    name: "9: hits are taken after the log was closed for the drain",
    file: hits,
    find: "    this.flush();\n    this.#closed = true;",
    replace: "    this.flush();",
  },
  {
    name: "9: a node leaves without what it carries",
    file: drain,
    find: "if (!log.indeterminate && !this.#handedOver.has(log.id)) left += log.pending;",
    replace:
      "if (!log.indeterminate && !this.#handedOver.has(log.id) && log === this.#deps.heldLogs.own?.log) left += log.pending;",
  },
  {
    name: "9: a draining leader resigns first",
    file: drain,
    find: "while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < orderUntil)) {",
    replace:
      "leader()?.resign();\n    while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < orderUntil)) {",
  },
  {
    name: "9: the receiver says yes and keeps the remains in memory only",
    file: holdings,
    find: "const journal = this.#directory?.store(tail) ?? null;",
    replace: "const journal = null;",
  },
  {
    name: "9: the giver does not sync a log before it hands it over",
    file: holdings,
    find: 'this.#recordFirstOffer(held, receiver) && this.#try("journal cannot be synced", () => held.journal?.sync())',
    replace: "this.#recordFirstOffer(held, receiver)",
  },
  {
    name: "10: journals of earlier lives are not recovered",
    file: holdings,
    find: "for (const recovered of this.#directory?.recover() ?? []) {",
    replace: "for (const recovered of this.#directory?.recover().slice(0, 0) ?? []) {",
  },
  {
    name: "11: recovery and hand-over merge a log across its cuts",
    file: log,
    find: "    log.segments = tail.segments.filter((segment) => segment.to > tail.shown);",
    replace:
      "    const merged = new Map<string, number>();\n    for (const { counts } of tail.segments) for (const [name, by] of counts) addHits(merged, name, by);\n    const to = tail.segments.at(-1)?.to ?? tail.shown;\n    log.segments = to > tail.shown ? [{ from: tail.shown, to, counts: merged }] : [];",
  },
  {
    name: "12: prunedTo is the last pruned source's version",
    file: draft,
    find: "this.prunedTo = Math.max(this.prunedTo, ended.version);",
    replace: "this.prunedTo = ended.version;",
  },
  {
    name: "12: an ended source leaves no watermark",
    file: draft,
    find: "this.ended.set(source, { watermark, complete, version: this.version });",
    replace: "this.prunedSum += BigInt(watermark);",
  },
  {
    name: "13: a missing ledger is created although nodes know one",
    file: standing,
    find: "!ledger || isAheadOf(known, ledger)",
    replace: "ledger && isAheadOf(known, ledger)",
  },
  {
    name: "13: an older ledger is written",
    file: standing,
    find: "return known.version > ledger.version || (writer !== undefined && writer !== known.writer);",
    replace: "return writer === known.id;",
  },
  {
    name: "13: a log goes on under its old note after an adoption",
    file: draft,
    find: 'if (batch.firstOffer.id !== this.#ledger.id) return "foreign";',
    replace: "",
  },
  {
    name: "13: the note of a followed log has today's version",
    file: held,
    find: "firstOffer: { id: adoption.next, version: adoption.version }",
    replace: "firstOffer: { id: adoption.next, version: change.ledger.version }",
    coveredBy: "prunes do not happen soon after an adoption in any simulated history; the explorer does not adopt",
  },
  {
    name: "13: a batch that begins past its watermark is a gap, for ever",
    file: standing,
    find: "return !forgotten && from > base && from > (watermark ?? base);",
    replace: "return !forgotten && from < 0;",
  },
  {
    name: "13: hits are handed to whoever has the address now",
    file: drain,
    find: "if (nodeId !== id || !takesRemains || !known) return false;",
    replace: "if (nodeId === self.id || !takesRemains || !known) return false;",
  },
  {
    name: "8: a knock is heard by whoever has the address now",
    file: node,
    find: 'if (leader !== "" && leader !== this.nodeId) return false;',
    replace: "",
  },
  {
    name: "13: a log's earlier ids are forgotten when it goes on in an adopted ledger",
    file: log,
    find: "    this.formerly = this.ids;\n",
    replace: "",
  },
  {
    name: "13: a log's earlier ids are not in its journal",
    file: holdings,
    find: "source: id, formerly: log.ids, base",
    replace: "source: id, base",
  },
  {
    name: "13: nodes of another cluster's ledger are collected",
    file: standing,
    find: "return known === null || known.id === ledger.id ||",
    replace: "return known !== undefined ||",
  },
  {
    name: "9: a draining node takes remains",
    file: node,
    find: 'if (this.#draining) return "this node is draining itself";',
    replace: "",
    coveredBy: "a draining node waits for what it carries; with a data directory it stays in its journal",
  },
  {
    name: "a data directory that is deleted under a running node goes unnoticed",
    file: directoryWatch,
    find: "const missing = this.#deps.directory.missing();",
    replace: "const missing = null as string | null;",
  },
  {
    name: "hits are taken while the data directory is missing",
    file: holdings,
    find: "if (this.#suspended !== null) throw new JournalError(this.#suspended, true);",
    replace: "",
  },
  {
    name: "a data directory is made anew without the logs that are held",
    file: holdings,
    find: "for (const { log, journal } of this.all()) journal?.rewrite(stateOf(log));",
    replace: "",
  },
  {
    name: "the data directory is not looked at before a drain's last report",
    file: node,
    find: "this.#directory?.check();",
    replace: "",
  },
  {
    name: "invariant: the log's hits add up to its end",
    file: log,
    find: "    this.end += by;",
    replace: "    this.end += by > 1 ? by + 1 : by;",
  },
  {
    name: "invariant: a snapshot covers only what is pending",
    file: holdings,
    find: "if (held.visible) this.#counters.removePending(covered);",
    replace: "this.#counters.removePending(covered);",
  },
  {
    name: "invariant: a version grows by one",
    file: draft,
    find: "this.version = ledger.version + 1;",
    replace: "this.version = ledger.version + 2;",
  },
  {
    name: "invariant: a source is live or ended, never both",
    file: draft,
    find: "    this.sources.delete(source);\n    this.ended.delete(source);",
    replace: "    this.ended.delete(source);",
  },
  {
    name: "invariant: a carried log is closed and known by its id",
    file: holdings,
    find: "const carried = this.carried.delete(log.id);",
    replace: "const carried = false;",
  },
  {
    name: "invariant: no stream was sent a later version",
    file: leader,
    find: "for (const follower of this.#followers.all()) follower.sentVersion = null;",
    replace: "",
  },
];
