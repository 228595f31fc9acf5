/** One rule of docs/protocol.md, taken out of the code: `find` must occur exactly once in `file`. */
export interface Mutation {
  /** The rule by its name, and what is missing without it. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test file that must notice: what only real files and processes show, no simulation can. Default: the simulation. */
  readonly test?: string;
  /** Another rule still stops every history that this one stops; it is reported, and need not be caught. */
  readonly coveredBy?: string;
}

const draft = "internal/core/ledger/ledger_draft.ts";
const log = "internal/core/log/source_log.ts";
const logPlace = "internal/core/ledger/log_place.ts";
const copiedLogs = "internal/services/leader/copied_logs.ts";
const uncountedHits = "internal/services/leader/uncounted_hits.ts";
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
const handoffReceiver = "internal/services/node/handoff_receiver.ts";
const campaigning = "internal/services/node/candidate.ts";
const simStore = "test/simulation/sim_store.ts";
const heldLog = "internal/services/counter/held_log.ts";
const counters = "internal/services/counter/counters.ts";
const stallDetector = "internal/services/leader/stall_detector.ts";
const follower = "internal/services/leader/follower.ts";
const ledgerKnowledge = "internal/services/leader/ledger_knowledge.ts";
const ledgerAccess = "internal/services/leader/ledger_access.ts";
const adoption = "internal/services/adoption/adoption.ts";
const messageBudget = "internal/services/counter/message_budget.ts";
const followers = "internal/services/leader/followers.ts";
const disk = "internal/adapters/disk";
const damageTest = "test/adapters/disk/damage.test.ts";
const diskProcessesTest = "test/adapters/disk/processes.test.ts";
const powerLossTest = "test/adapters/disk/power_loss.test.ts";

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "Accumulate: hits of a failed journal write are acknowledged all the same",
    file: hits,
    find: "if (refusal !== null) {",
    replace: "if (refusal !== null && turn.length > 1_000) {",
  },
  {
    name: "First offer: absent is zero",
    file: logPlace,
    find: 'if (watermark === undefined && firstOffer.version < prunedTo) return "indeterminate";',
    replace: "",
  },
  {
    name: "First offer: the note is recorded again by each node that offers the log next",
    file: holdings,
    find: "if (held.log.firstOffer !== null) return true;",
    replace: "if (held.log.firstOffer !== null && held.log.firstOffer.version >= receiver.version) return true;",
  },
  {
    name: "Collect: a new batch is sealed while one is outstanding",
    file: log,
    find: "return this.segments.length === 0 && this.open.size > 0;",
    replace: "this.segments.length = 0; return this.open.size > 0;",
  },
  {
    name: "Collect: answers to other rounds are taken",
    file: rounds,
    find: "if (answer.epoch !== this.epoch || answer.round !== this.round) return false;",
    replace: "",
  },
  {
    name: "Collect: the end of a batch is not recorded in the journal",
    file: holdings,
    find: 'if (this.#try("batch could not be sealed; will retry", () => journal?.seal())) log.seal();',
    replace: "void journal; log.seal();",
  },
  {
    name: "Plan: a batch counts wherever it begins, if it ends past the watermark",
    file: draft,
    find: 'if (batch.from !== watermark) return batch.to <= watermark ? "covered" : "gap";',
    replace: 'if (batch.to <= watermark && batch.from !== batch.to) return "covered";',
  },
  {
    name: "Plan: the watermark does not move within a plan",
    file: draft,
    find: "const known = watermarkOf(this, batch.source);",
    replace:
      "const known = watermarkOf(this.#ledger, batch.source) ?? (batch.last ? watermarkOf(this, batch.source) : undefined);",
  },
  {
    name: "Plan: a source that folds in gone stays there",
    file: draft,
    find: "if (this.ended.delete(batch.source)) this.endedChanged = true;",
    replace: "",
  },
  {
    name: "Plan: counts that do not add up are folded",
    file: draft,
    find: 'if (!isConsistent(batch)) return "malformed";',
    replace: "",
  },
  {
    name: "Commit: no fence by the revision of head",
    file: simStore,
    find: "|| this.headRevision !== headRevision",
    replace: "",
  },
  {
    name: "Commit: no fence by epoch",
    file: simStore,
    find: "(epoch !== null && leader?.epoch !== epoch) ||",
    replace: "",
    coveredBy: "the fence by the revision of head; the epoch spares a deposed leader nothing but its next round",
  },
  {
    name: "Commit: the ledger is not read again after a refusal",
    file: leader,
    find: 'else await this.#reread("refused");',
    replace: "else rounds.headRevision = outcome.headRevision;",
  },
  {
    name: "Commit: an unknown outcome is taken for a yes",
    file: leader,
    find: "    } catch (error) {\n      this.#storeFailed(error);\n    }\n  }\n\n  /** Reads the ledger again, because it may",
    replace:
      "    } catch (error) {\n      rounds.settle(plan, rounds.headRevision, this.#deps.clock.monotonic());\n      this.#storeFailed(error);\n    }\n  }\n\n  /** Reads the ledger again, because it may",
  },
  {
    name: "Publish: what is on its way is dropped from the page at the collect",
    file: collection,
    find: "    const batches = heldLogs.offer(ledger);",
    replace:
      "    const batches = heldLogs.offer(ledger);\n    this.#deps.counters.removePending(heldLogs.own?.log.segments ?? []);",
  },
  {
    name: "Publish: a snapshot is adopted that does not speak of every log held here",
    file: collection,
    find: "if (heldLogs.mentions(publication.watermarks))",
    replace: "if (heldLogs !== undefined)",
  },
  {
    name: "Publish: an older snapshot is adopted",
    file: collection,
    find: "return seen.every((ref) => ref?.id !== ledger.id || ref.version <= ledger.version);",
    replace: "return seen.length >= 0;",
  },
  {
    name: "Publish: hits that a snapshot covers stay on the page as pending",
    file: holdings,
    find: "if (held.visible) this.#counters.removePending(covered);",
    replace: "",
  },
  {
    name: "Elect: the lease is renewed although rounds are stuck",
    file: tenure,
    find: 'if (this.#clock.monotonic() >= this.#validUntil) this.end("superseded", "could not renew its lease in time");',
    replace: "",
    coveredBy: "the fence in the store: validity on the clock only saves a deposed leader's work",
  },
  {
    name: "Elect: resigning deletes whatever leader key there is",
    file: simStore,
    find: "if (store.leader?.lease === lease) store.leader = null;",
    replace: "store.leader = null;",
  },
  {
    name: "Elect: a follower that nobody collects does not knock",
    file: campaigning,
    find: "if (key && key.nodeId !== self.id) return this.#announce(key);",
    replace: "",
  },
  {
    name: "Drain: hits are taken after the log was closed for the drain",
    file: hits,
    find: "    this.flush();\n    this.#closed = true;",
    replace: "    this.flush();",
  },
  {
    name: "Drain: a node leaves without what it carries",
    file: drain,
    find: "if (!log.indeterminate && !this.#handedOver.has(log.id)) left += log.pending;",
    replace:
      "if (!log.indeterminate && !this.#handedOver.has(log.id) && log === this.#deps.heldLogs.own?.log) left += log.pending;",
  },
  {
    name: "Drain: a draining leader resigns first",
    file: drain,
    find: "while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < waitForEndsUntil)) {",
    replace:
      "leader()?.resign();\n    while (clock.monotonic() < this.#deadline && !this.#isEmpty(clock.monotonic() < waitForEndsUntil)) {",
  },
  {
    name: "Drain: the receiver says yes and keeps the remains in memory only",
    file: holdings,
    find: "const journal = this.#directory?.store(tail) ?? null;",
    replace: "const journal = null;",
  },
  {
    name: "Drain: the giver does not sync a log before it hands it over",
    file: holdings,
    find: 'this.#recordFirstOffer(held, receiver) && this.#try("journal cannot be synced", () => held.journal?.sync())',
    replace: "this.#recordFirstOffer(held, receiver)",
  },
  {
    name: "Recover: journals of earlier lives are not recovered",
    file: holdings,
    find: "for (const recovered of this.#directory?.recover() ?? []) {",
    replace: "for (const recovered of this.#directory?.recover().slice(0, 0) ?? []) {",
  },
  {
    name: "Cut: recovery and hand-over merge a log across its cuts",
    file: log,
    find: "    log.segments = tail.segments.filter((segment) => segment.to > tail.shown);",
    replace:
      "    const merged = new Map<string, number>();\n    for (const { counts } of tail.segments) for (const [name, by] of counts) addHits(merged, name, by);\n    const to = tail.segments.at(-1)?.to ?? tail.shown;\n    log.segments = to > tail.shown ? [{ from: tail.shown, to, counts: merged }] : [];",
  },
  {
    name: "End: prunedTo is the last pruned source's version",
    file: draft,
    find: "this.prunedTo = Math.max(this.prunedTo, ended.version);",
    replace: "this.prunedTo = ended.version;",
  },
  {
    name: "End: an ended source leaves no watermark",
    file: draft,
    find: "this.ended.set(source, { watermark, complete, version: this.version });",
    replace: "this.prunedSum += BigInt(watermark);",
  },
  {
    name: "Identity: a missing ledger is created although nodes know one",
    file: standing,
    find: "!ledger || isAheadOf(known, ledger)",
    replace: "ledger && isAheadOf(known, ledger)",
  },
  {
    name: "Identity: an older ledger is written",
    file: standing,
    find: "return known.version > ledger.version || (writer !== undefined && writer !== known.writer);",
    replace: "return writer === known.id;",
  },
  {
    name: "Rebase: a log goes on under its old note after an adoption",
    file: draft,
    find: "placeOf(batch, {",
    replace: "placeOf({ ...batch, firstOffer: { ...batch.firstOffer, id: this.#ledger.id } }, {",
  },
  {
    name: "Rebase: the note of a followed log has today's version",
    file: held,
    find: "firstOffer: { id: adoption.next, version: adoption.version }",
    replace: "firstOffer: { id: adoption.next, version: change.ledger.version }",
    coveredBy: "prunes do not happen soon after an adoption in any simulated history; the explorer does not adopt",
  },
  {
    name: "Identity: a batch that begins past its watermark is a gap, forever",
    file: standing,
    find: "return firstOffer.version > ledger.version || (from > base && from > place);",
    replace: "return firstOffer.version > ledger.version;",
  },
  {
    name: "Discover: hits are handed to any node that has the address now",
    file: drain,
    find: "if (nodeId !== id || !takesRemains || !known) return false;",
    replace: "if (nodeId === self.id || !takesRemains || !known) return false;",
  },
  {
    name: "Discover: a knock is heard by any node that has the address now",
    file: node,
    find: 'if (leader !== "" && leader !== this.nodeId) return false;',
    replace: "",
  },
  {
    name: "Rebase: a log's earlier ids are forgotten when it goes on in an adopted ledger",
    file: log,
    find: "    this.formerly = this.ids;\n",
    replace: "",
  },
  {
    name: "Rebase: a log's earlier ids are not in its journal",
    file: holdings,
    find: "source: id, formerly: log.ids, base",
    replace: "source: id, base",
  },
  {
    name: "Discover: nodes of another cluster's ledger are collected",
    file: standing,
    find: "return known === null || known.id === ledger.id ||",
    replace: "return known !== undefined ||",
  },
  {
    name: "Drain: a draining node takes remains",
    file: handoffReceiver,
    find: 'if (this.#deps.draining()) return "this node is draining, too";',
    replace: "",
    coveredBy: "a draining node waits for what it carries; with a data directory it stays in its journal",
  },
  {
    name: "Accumulate: a data directory that is deleted under a running node goes unnoticed",
    file: directoryWatch,
    find: "const missing = this.#deps.directory.missing();",
    replace: "const missing = null as string | null;",
  },
  {
    name: "Accumulate: hits are taken while the data directory is missing",
    file: holdings,
    find: "if (this.#suspended !== null) throw new JournalError(this.#suspended, true);",
    replace: "",
  },
  {
    name: "Recover: a data directory is made anew without the logs that are held",
    file: holdings,
    find: "for (const { log, journal } of this.all()) journal?.rewrite(stateOf(log));",
    replace: "",
  },
  {
    name: "Drain: the data directory is not looked at before a drain's last report",
    file: node,
    find: "this.#directory?.check();",
    replace: "",
  },
  {
    name: "Adopt: the sum of all counters keeps what another ledger had",
    file: counters,
    find: "this.#total = 0n;",
    replace: "",
  },
  {
    name: "Halt: the log's hits add up to its end",
    file: log,
    find: "    this.end += by;",
    replace: "    this.end += by > 1 ? by + 1 : by;",
  },
  {
    name: "Halt: a snapshot covers only what is pending",
    file: holdings,
    find: "if (held.visible) this.#counters.removePending(covered);",
    replace: "this.#counters.removePending(covered);",
  },
  {
    name: "Halt: a version grows by one",
    file: draft,
    find: "this.version = ledger.version + 1;",
    replace: "this.version = ledger.version + 2;",
  },
  {
    name: "Halt: a source is live or ended, never both",
    file: draft,
    find: "    this.sources.delete(source);\n    this.ended.delete(source);",
    replace: "    this.ended.delete(source);",
  },
  {
    name: "Halt: a carried log is closed and known by its id",
    file: holdings,
    find: "const carried = this.carried.delete(log.id);",
    replace: "const carried = false;",
  },
  {
    name: "Halt: no stream was sent a later version",
    file: leader,
    find: "for (const follower of this.#followers.all()) follower.sentVersion = null;",
    replace: "",
  },
  {
    name: "First offer: an empty log records its first offer, which then ages",
    file: holdings,
    find: "if (!held.placed || isUnused(held) || !",
    replace: "if (!held.placed || !",
  },
  {
    name: "First offer: a log whose journal broke cannot record it",
    file: heldLog,
    find: "journal?.rewrite({ ...stateOf(log), firstOffer });",
    replace: "throw error;",
  },
  {
    name: "Admit: all new names of a turn find the same room",
    file: counters,
    find: "  reserve(counter: string): void {\n    if (!",
    replace: '  reserve(counter: string): void {\n    if (counter === "" && !',
  },
  {
    name: "Elect: only the round renews the lease, however long the interval",
    file: tenure,
    find: "if (left > longest && !this.#ended) await this.renew();",
    replace: "",
  },
  {
    name: "Elect: the patience with unreachable nodes does not grow",
    file: stallDetector,
    find: "2 ** Math.min(unproductiveTerms, MAX_DOUBLINGS)",
    replace: "2 ** Math.min(unproductiveTerms, 0)",
  },
  {
    name: "Discover: any node may answer at a member's address",
    file: follower,
    find: 'if (message.kind === "hello" && message.member.id !== this.member.id) return this.#displaced(message.member);',
    replace: "",
  },
  {
    name: "Discover: another cluster's leader is followed if its epoch is later",
    file: collection,
    find: "!welcome.adopted.includes(known.id)) return;",
    replace: '!welcome.adopted.includes(known.id) && known.id === "") return;',
  },
  {
    name: "End: a leader that reads the ledger again forgets how long it waited for silent sources",
    file: leader,
    find: "if (!this.#isAt(ledger, headRevision)) this.#begin",
    replace: "this.#begin",
  },
  {
    name: "Identity: a ledger is created before discovery was complete",
    file: ledgerKnowledge,
    find: "this.#followers.complete && this.#followers.all().length",
    replace: "this.#followers.all().length",
  },
  {
    name: "Identity: a ledger is created although the cluster's record names one",
    file: ledgerAccess,
    find: "[...heard.nodes, ...this.#record()]",
    replace: "[...heard.nodes]",
  },
  {
    name: "Identity: a node that has seen more is sent the ledger that is behind",
    file: ledgerKnowledge,
    find: "return !foreign && !(known && ledger && isAheadOf(known, ledger));",
    replace: "return !foreign && ledger !== null;",
  },
  {
    name: "Identity: a node says hello to the latest epoch alone",
    file: collection,
    find: 'if (message.kind === "welcome") this',
    replace: 'if (message.kind === "welcome" && !this.#isOutdated(message.epoch)) this',
  },
  {
    name: "Identity: a leader does not read the ledger again when a node knows another one",
    file: leader,
    find: "if (!this.#rounds || this.#followers.all().some(({ foreign }) => foreign)) await",
    replace: "if (!this.#rounds) await",
  },
  {
    name: "Identity: a log that was rebased past another holder's shows a loss",
    file: standing,
    find: "return firstOffer.version > ledger.version || (from > base && from > place);",
    replace: "return firstOffer.version > ledger.version || (base >= 0 && from > place);",
  },
  {
    name: "Adopt: each adoption is clean",
    file: adoption,
    find: "clean: ledger === found?.id || isFirst",
    replace: "clean: true",
  },
  {
    name: "Adopt: only logs of the ledger that was found can follow",
    file: adoption,
    find: "clean: ledger === found?.id || isFirst",
    replace: "clean: ledger === found?.id",
  },
  {
    name: "Set aside: a log that could not be split on a full disk is never split",
    file: holdings,
    find: 'else if (held === this.own) this.#setAside(held, "indeterminate");',
    replace: "",
  },
  {
    name: "Take turns: each plan begins with the same node",
    file: rounds,
    find: "this.#first += done;",
    replace: "",
  },
  {
    name: "Take turns: a message takes all logs",
    file: messageBudget,
    find: "return this.#bytes >= BUDGET_BYTES;",
    replace: "return this.#bytes < 0;",
  },
  {
    name: "Take turns: a log that had its turn stays in front",
    file: holdings,
    find: "this.#roundRobin.served(held.log.id);",
    replace: "",
  },
  {
    name: "Publish: a tail that was taken over is shown before a snapshot has judged it",
    file: holdings,
    find: "      visible: false,\n",
    replace: "      visible: true,\n",
  },
  {
    name: "Publish: a recovered log is shown before a snapshot has judged it",
    file: holdings,
    find: "return { log, journal, visible: false, ended: false, placed",
    replace: "return { log, journal, visible: true, ended: false, placed",
  },
  {
    name: "Discover: a node that announced itself is dropped after half a minute",
    file: followers,
    find: "if (until < now && !",
    replace: "if (until < now || !",
  },
  {
    name: "Discover: a registration that no peer would accept stays on the list",
    file: followers,
    find: "this.#wellFormed(await this.#discovery.members())",
    replace: "await this.#discovery.members()",
  },
  {
    name: "Drain: only nodes that a leader spoke of are handed a tail",
    file: drain,
    find: "const discovered = await discovery.members().catch(() => []);",
    replace: "const discovered: Member[] = [];\n    void discovery;",
  },
  {
    name: "Recover: a start does not look whether another process has a journal open",
    file: `${disk}/journal_recovery.ts`,
    find: "if (!folder.open.has(source) && isFileLocked(path))",
    replace: 'if (!folder.open.has(source) && isFileLocked("none"))',
    test: diskProcessesTest,
  },
  {
    name: "Recover: a journal is not locked before it gets its name",
    file: `${disk}/locked_file.ts`,
    find: "unlock = lockFile(unfinished);",
    replace: "void lockFile; void unfinished;",
    test: diskProcessesTest,
  },
  {
    name: "Recover: a journal that was recovered is not locked",
    file: `${disk}/journal_recovery.ts`,
    find: "return { file: replaceLocked(path, content), length: content.length };",
    replace: "if (content.length >= 0) throw new Error(); return { file: replaceLocked(path, content), length: 0 };",
    test: diskProcessesTest,
  },
  {
    name: "Recover: a data directory may be on a network file system",
    file: `${disk}/data_directory.ts`,
    find: "if (remote === null) return;",
    replace: "if (remote !== undefined) return;",
    test: "test/adapters/disk/data_directory.test.ts",
  },
  {
    name: "Recover: whole records behind a broken one are taken for a torn tail",
    file: `${disk}/journal_reader.ts`,
    find: "if (records.length === 0 && !hidesFirstOffer) return null;",
    replace: "if (records.length >= 0 && !hidesFirstOffer) return null;",
    test: damageTest,
  },
  {
    name: "Recover: a damaged journal is cut like one with a torn tail",
    file: `${disk}/damaged_journals.ts`,
    find: "if (found === null) linkSync(path, name);",
    replace: "if (found === null) return void linkSync ?? name;",
    test: damageTest,
  },
  {
    name: "First offer: it is in one line of the journal only",
    file: `${disk}/journal_lines.ts`,
    find: "return noteLine(firstOffer).repeat(2);",
    replace: "return noteLine(firstOffer);",
    test: damageTest,
  },
  {
    name: "First offer: a broken line that may be one is not thought of",
    file: `${disk}/journal_reader.ts`,
    find: "const hidesFirstOffer = noAge && longestBroken >= SHORTEST_NOTE_BYTES;",
    replace: "const hidesFirstOffer = longestBroken < 0 && SHORTEST_NOTE_BYTES > 0;",
    test: damageTest,
  },
  {
    name: "First offer: one that stands behind the damage is not written anew",
    file: `${disk}/journal_recovery.ts`,
    find: 'validLength < bytes.length && firstOffer !== null ? noteLines(firstOffer) : "";',
    replace: 'firstOffer !== null && bytes.length < 0 ? noteLines(firstOffer) : "";',
    test: damageTest,
  },
  {
    name: "Recover: a file gets its name before its content is synced",
    file: `${disk}/durable_files.ts`,
    find: "    fdatasyncSync(fd);\n",
    replace: "    void fdatasyncSync;\n",
    test: powerLossTest,
  },
  {
    name: "First offer: it is not synced",
    file: `${disk}/journal_file.ts`,
    find: "this.#write(noteLines(firstOffer));\n    try {\n      this.sync();",
    replace: "this.#write(noteLines(firstOffer));\n    try {",
    test: powerLossTest,
  },
  {
    name: "First offer: the directory entry of a new journal is not synced",
    file: `${disk}/create_journal.ts`,
    find: "    syncDirectory(path);\n",
    replace: "    void syncDirectory;\n",
    test: powerLossTest,
  },
  {
    name: "First offer: the directory entry of a recovered journal is not synced",
    file: `${disk}/journal_recovery.ts`,
    find: "    syncDirectory(path);\n    return journal;",
    replace: "    return journal;",
    test: powerLossTest,
  },
  {
    name: "Recover: the entry of a created folder is not synced",
    file: `${disk}/folders.ts`,
    find: "  syncDirectory(path);\n",
    replace: "  void syncDirectory;\n",
    test: powerLossTest,
  },
  {
    name: "Drain: a tail that is there already is not synced before the receiver says yes",
    file: `${disk}/data_directory.ts`,
    find: "if (journal.end >= endOf(remains)) journal.sync();",
    replace: "if (journal.end >= endOf(remains)) return journal;",
    test: powerLossTest,
  },
  {
    name: "Rebase: the older file is deleted before the entry of the new one is synced",
    file: `${disk}/journal_file.ts`,
    find: "    try {\n      syncDirectory(path);\n    } catch (error) {\n      closeLocked(file);",
    replace: "    try {\n      rmSync(this.#path, { force: true });\n    } catch (error) {\n      closeLocked(file);",
    test: powerLossTest,
  },
  {
    name: "Recover: the entry of a rewritten journal is not synced",
    file: `${disk}/journal_file.ts`,
    find: "    this.#syncFailed = true;\n    syncDirectory(this.#path);\n",
    replace: "    this.#syncFailed = true;\n",
    test: powerLossTest,
  },
  {
    name: "Identity: the directory entry of the known ledger is not synced",
    file: `${disk}/known_ledger_file.ts`,
    find: "    syncDirectory(this.#path);\n",
    replace: "    void syncDirectory;\n",
    test: powerLossTest,
  },
  {
    name: "Place: a holder judges its log by the highest watermark of all its ids",
    file: held,
    find: "watermark: shown.watermark ?? undefined }",
    replace: "watermark: highest ?? undefined }",
  },
  {
    name: "Rebase: a log is offered before a snapshot has judged it under its new id",
    file: holdings,
    find: "    held.placed = false;\n",
    replace: "",
  },
  {
    name: "Plan: what is foreign or indeterminate is refused in silence",
    file: rounds,
    find: 'if (verdict === "counted" || verdict === "covered" || blamed',
    replace: 'if ((verdict !== "malformed" && verdict !== "gap") || blamed',
  },
  {
    name: "Set aside: a leader is silent about the hits that nodes cannot place",
    file: uncountedHits,
    find: "if (hits > (this.#reported.get(node) ?? 0))",
    replace: "if (hits < 0)",
  },
  {
    name: "Cut: open hits that a watermark divides go on as a log of their own",
    file: log,
    find: "if (watermark > this.openFrom && this.open.size > 0) this.#sealOpen();",
    replace: "",
  },
  {
    name: "Cut: a log that takes hits believes a watermark past its end",
    file: log,
    find: "if (this.closed && watermark > this.end)",
    replace: "if (watermark > this.end)",
  },
  {
    name: "Set aside: hits that nobody can place stay in a page whose total contains them",
    file: counters,
    find: "const leaving = Math.max(0, Math.min(state.unplaced, above));",
    replace: "const leaving = Math.min(0, above, 0);",
  },
  {
    name: "Copies: a leader does not see that a log lives twice",
    file: copiedLogs,
    find: "if (holder && holder.node !== node && holder.round < round)",
    replace: "if (holder && holder.node === node && holder.round < round)",
  },
  {
    name: "Copies: a node that drains says that its logs are nobody else's",
    file: collection,
    find: "begun: draining() ? [] : heldLogs.begunSources(),",
    replace: "begun: heldLogs.begunSources(),",
  },
  {
    name: "First offer: a journal without one is as old as the day on which it is found",
    file: holdings,
    find: "firstOffer: firstOffer ?? born ?? null",
    replace: "firstOffer",
  },
  {
    name: "First offer: a journal of a node that knew no ledger is as old as the day on which it is found",
    file: holdings,
    find: "const ageUnknown = firstOffer === null && born === null;",
    replace: "const ageUnknown = false;",
  },
  {
    name: "First offer: a log's first hits do not say which ledger the node knew",
    file: holdings,
    find: "const born = log.born === undefined ? this.#knownLedger : undefined;",
    replace: "const born = undefined;",
  },
  {
    name: "First offer: a log is as old as its file, and not as its first hit",
    file: holdings,
    find: "const born = log.born === undefined ? this.#knownLedger : undefined;",
    replace: "const born = log.born === undefined ? (this.#directory?.knownLedger() ?? null) : undefined;",
  },
  {
    name: "Set aside: a log waits for ever for a holder that has less of it",
    file: holdings,
    find: "if (held !== this.own && held.gap.snapshots > GAP_SNAPSHOTS)",
    replace: "if (held !== this.own && held.gap.snapshots < 0)",
  },
  {
    name: "Set aside: new hits wait in a log that begins past the ledger's watermark",
    file: holdings,
    find: "if (held === this.own) this.#beginAnother(held);",
    replace: "",
  },
];
