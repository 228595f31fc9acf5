import { BrokenInvariant } from "../../core/invariant.ts";
import type { KeyedTerms, KeyLimits } from "../../core/ledger/keyed_round.ts";
import { LedgerMismatch, positionOf } from "../../core/ledger/ledger.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import type { NodeOffer } from "../../core/ledger/loss_detection.ts";
import { type Retention, type RoundPlan, Rounds } from "../../core/ledger/rounds.ts";
import type { KeyedLedger } from "../../core/ledger/snapshot.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Lease } from "../../ports/election.ts";
import type { Meter, RoundOutcome } from "../../ports/meter.ts";
import type { CollectReply, LeaderHello, Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import type { ReadingSteps } from "../ledger/read_ledger.ts";
import { CopiedLogs } from "./copied_logs.ts";
import type { CopyLimits } from "./copies.ts";
import type { Follower } from "./follower.ts";
import { Followers } from "./followers.ts";
import { FormatConsent } from "./format_consent.ts";
import { KeptChanges } from "./kept_changes.ts";
import { type LeaderEnd, Leadership } from "./leadership.ts";
import { LedgerAccess } from "./ledger_access.ts";
import { LedgerKnowledge, type LedgerKnowledgeDeps } from "./ledger_knowledge.ts";
import { type ClusterState, Publisher } from "./publisher.ts";
import { RefusedBatches } from "./refused_batches.ts";
import { ReplyBarrier } from "./reply_barrier.ts";
import { RoundLog } from "./round_log.ts";
import { StallDetector } from "./stall_detector.ts";
import { StoreSpace } from "./store_space.ts";
import { StoreStatus } from "./store_status.ts";
import { UncountedHits } from "./uncounted_hits.ts";

export interface LeaderDeps extends LedgerKnowledgeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly discovery: Discovery;
  /** This node, and the nodes in the last leader's list. They are the list until discovery succeeds. */
  readonly remembered: readonly Member[];
  /** Id of the ledger that is recorded outside the store; null: none is. */
  readonly recordedLedger: () => string | null;
  /** Unproductive terms of this node in a row. */
  readonly unproductiveTerms: number;
  /** Whether this term began with the end of another leader's lease (docs/protocol.md, Take over). */
  readonly tookOver: boolean;
  /** Called when this leader took over, and cannot reach a node that reached it. */
  readonly couldNotReach: (member: Member) => void;
  /** What this node heard as a follower. */
  readonly heardChanges: KeptChanges;
  readonly peers: Peers;
  readonly meter: Meter;
  readonly settings: LeaderSettings;
  /** Called when this leader's state contradicts itself. */
  readonly halt: (error: BrokenInvariant) => void;
}

export interface LeaderSettings {
  /** Milliseconds between rounds. */
  readonly interval: number;
  /** Bytes per second that rounds may write. Larger rounds make the interval longer. */
  readonly writeBudget: number;
  readonly limits: LedgerLimits;
  readonly retention: Retention;
  readonly keys: KeyLimits;
  /** Milliseconds for which all nodes must know format 2 before a ledger of format 1 is converted. */
  readonly conversionDelay: number;
  /** Default: `COPY_LIMITS`. */
  readonly copies?: CopyLimits;
}

/** A collect waits for replies for this share of the interval. Later replies are dropped; the next round asks again. */
const REPLY_SHARE = 0.5;
/** Longest turn of the event loop for which a leader parses what it reads. */
const READING_TURN_MS = 20;
/** Nodes that say no hello delay the first round by this much at most. */
const HELLO_TIMEOUT_MS = 500;
/** Bytes of totals that a leader sends per second. More make the next round later, as more than the write budget do. */
const PUBLISH_BUDGET = 64 << 20;
/** Shortest time between two parts of copies. */
const COPY_PAUSE_MS = 25;
/** Parts between two rounds. Together they are less than what may wait for a slow link (`adapters/grpc/bounded_writer.ts`). */
const PARTS_PER_ROUND = 24;

/**
 * One leadership. Once an interval, for as long as the lease holds, it collects batches from all nodes, plans the next version of the
 * ledger, commits it, and publishes it (docs/protocol.md, Collect, Plan, Commit, Publish).
 *
 * - L1 Every write has this term's lease and the last known revision of `head` as conditions. So a leader that was superseded writes
 *   nothing, whatever it believes.
 * - L2 Replies to one round are planned in that round only, and never on a ledger that was read after they were collected.
 * - L3 The ledger in memory changes only after the store has committed. After any other outcome it is read again, or the next
 *   transaction's conditions tell.
 * - L4 A ledger that nodes contradict is not written: someone has seen what the store does not have (docs/protocol.md, Identity).
 * - L5 Nothing is published as committed before the store said so, and nothing to a node that has seen more.
 *
 * `Leader` owns the order of steps. Its collaborators: `Rounds` decides what to write, `LedgerAccess` reads and judges the ledger,
 * `LedgerKnowledge` what nodes know, `Followers` the streams, `Publisher` what each stream is sent, `Leadership` how long this node may
 * lead, and `StallDetector` whether it gets anything done.
 */
export class Leader {
  readonly #deps: LeaderDeps;
  readonly #lease: Lease;
  readonly #leadership: Leadership;
  readonly #term: { readonly epoch: number; readonly writer: string };
  readonly #followers: Followers;
  readonly #knowledge: LedgerKnowledge;
  readonly #refusedBatches: RefusedBatches;
  readonly #copiedLogs: CopiedLogs;
  readonly #uncountedHits: UncountedHits;
  readonly #publisher: Publisher;
  readonly #access: LedgerAccess;
  readonly #consent: FormatConsent;
  /** Null while no ledger may be written. */
  #rounds: Rounds | null = null;
  readonly #store: StoreStatus;
  readonly #space: StoreSpace;
  readonly #stallDetector: StallDetector;
  readonly #replies = new ReplyBarrier<Follower>();
  readonly #roundLog: RoundLog;
  #currentAtWall = 0;
  #interval: number;
  /** Ids of nodes that announced themselves. */
  readonly #announced = new Set<string>();
  /** Whether the last transaction's outcome is unknown. The conditions of the next one tell, or, if there is nothing to commit, a read. */
  #unsettled = false;
  #cancelCopies: Cancel = () => {};
  /** Number of the last round. It keeps growing when the ledger is read again. */
  #lastRound = 0;

  constructor(lease: Lease, deps: LeaderDeps) {
    this.#roundLog = new RoundLog(deps.logger, deps.clock, deps.meter);
    this.#deps = { ...deps, meter: this.#roundLog.meter };
    this.#lease = lease;
    this.#term = { epoch: lease.epoch, writer: deps.random.id() };
    this.#leadership = new Leadership(lease, deps.clock, (error) => this.#storeFailed(error));
    this.#stallDetector = new StallDetector(deps.clock.monotonic(), deps.unproductiveTerms);
    this.#store = new StoreStatus(deps.logger);
    this.#interval = deps.settings.interval;
    this.#space = new StoreSpace(deps);
    const kept = new KeptChanges(this.#term.writer, deps.heardChanges);
    this.#publisher = new Publisher(deps.settings.limits, kept, deps.settings.copies, this.#space);
    this.#consent = new FormatConsent(deps.settings.conversionDelay);
    this.#access = new LedgerAccess(deps.store, lease, this.#term.writer, {
      newId: () => deps.random.id(),
      recorded: deps.recordedLedger,
      steps: this.#readingSteps(),
    });
    this.#followers = new Followers(deps.discovery, deps.remembered, deps.logger, {
      peers: deps.peers,
      clock: deps.clock,
      leaderHello: () => this.#leaderHello(),
      saidHello: (follower) => this.#saidHello(follower),
      replied: (follower, reply) => this.#replied(follower, reply),
      closed: (follower, reason) => this.#lostConnection(follower, reason),
    });
    this.#knowledge = new LedgerKnowledge(this.#followers, deps);
    const nameOf = (id: string) => this.#knowledge.nameOf(id);
    this.#refusedBatches = new RefusedBatches(deps.logger, deps.meter, nameOf);
    this.#copiedLogs = new CopiedLogs(deps.logger, deps.meter, nameOf);
    this.#uncountedHits = new UncountedHits(deps.logger, nameOf);
  }

  /** Leads until the leadership ends, gives up the key, and resolves to why it ended. */
  async run(): Promise<LeaderEnd> {
    const { clock, logger } = this.#deps;
    logger.info("became leader", { epoch: this.#lease.epoch });
    let ended = this.#leadership.ended;
    for (; !ended; ended = this.#leadership.ended) {
      const start = clock.monotonic();
      this.#roundLog.begin();
      await this.#guardedRound();
      this.#roundLog.end();
      await this.#leadership.rest(start + this.#interval);
      this.#cancelCopies();
    }
    await this.#lease.resign();
    for (const follower of this.#followers.all()) follower.send({ kind: "resigned" });
    this.#followers.close();
    this.#deps.discovery.rest();
    logger.info("stopped leading", { epoch: this.#lease.epoch, why: this.#leadership.why });
    return ended;
  }

  /** Ends the leadership after the present round. */
  resign(): void {
    this.#leadership.end("resigned", "this node is leaving");
  }

  /** Collects a node that discovery may not know. */
  announce(member: Member, authenticated: boolean): void {
    this.#followers.announce(member, authenticated);
    if (this.#followers.all().some(({ member: { id } }) => id === member.id)) this.#announced.add(member.id);
  }

  /** A leader that took over may be the one that is cut off: the former leader may still reach the node. */
  #makeWayFor(member: Member): void {
    if (!this.#deps.tookOver || !this.#announced.has(member.id)) return;
    this.#deps.couldNotReach(member);
    this.#leadership.end("resigned", `it took over, and cannot reach ${member.name}, which reached it`);
  }

  /** Keys that the ledger keeps; null while there is no ledger. */
  get keysKept(): number | null {
    return this.#rounds?.ledger.keys.size ?? null;
  }

  /** The other nodes that are connected and have reported. */
  others(): { readonly draining: boolean; readonly drained: boolean }[] {
    const reports = this.#followers.all().filter(({ ready, member }) => ready && member.id !== this.#deps.self.id);
    return reports.flatMap(({ report }) => (report ? [report] : []));
  }

  /** A leader whose state contradicts itself must not commit again: it resigns, and its node halts. */
  async #guardedRound(): Promise<void> {
    try {
      await this.#round();
    } catch (error) {
      this.#broke(error);
    }
  }

  #broke(error: unknown): void {
    if (!(error instanceof BrokenInvariant)) throw error;
    this.#leadership.end("resigned", error.message);
    this.#deps.halt(error);
  }

  async #round(): Promise<void> {
    if (!(await this.#leadership.renew())) return;
    await this.#followers.refresh();
    if (!this.#rounds || this.#followers.all().some(({ foreign }) => foreign)) await this.#open();
    if (this.#leadership.ended) return;
    if (this.#rounds) await this.#convertIfDue(this.#rounds);
    if (this.#leadership.ended) return;
    if (this.#rounds) await this.#collectAndCommit(this.#rounds);
    this.#publish();
    this.#goOnWithCopiesAfter(COPY_PAUSE_MS, PARTS_PER_ROUND);
    this.#resignIfStalled();
    // Last: until they say hello again, these nodes count as out of reach, and they have time for it until the next collect.
    this.#followers.renewDue();
  }

  async #open(): Promise<void> {
    await this.#awaitHellos();
    try {
      const access = await this.#access.open(this.#knowledge.evidence(), this.#knowledge.everyoneTried);
      if (access.kind === "superseded") this.#leadership.end("superseded", "another node leads");
      else if (access.kind === "outdated") this.#makeRoom(access.detail);
      else if (access.kind === "shut") this.#store.set(access.state, access.detail);
      else this.#opened(access.ledger, access.headRevision);
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  /** A ledger of a newer format is for a newer program. This one tells all nodes in one round, and resigns in the next (docs/protocol.md, Elect). */
  #makeRoom(detail: string): void {
    if (this.#store.detail === detail) this.#leadership.end("unproductive", detail);
    this.#store.set("corrupt", detail);
  }

  #opened(ledger: Rounds["ledger"], headRevision: number): void {
    this.#currentAtWall = this.#deps.clock.wall();
    this.#store.wasRead();
    if (!this.#isAt(ledger, headRevision)) this.#begin(ledger, headRevision);
    this.#knowledge.reconciled();
    this.#knowledge.markForeign(this.#rounds?.ledger);
  }

  /** Whether Rounds is at this ledger already. Then it is kept: its timers, such as how long a source was silent, exist only in memory. */
  #isAt({ id, version }: Rounds["ledger"], headRevision: number): boolean {
    const rounds = this.#rounds;
    return rounds?.headRevision === headRevision && rounds.ledger.id === id && rounds.ledger.version === version;
  }

  #begin(ledger: Rounds["ledger"], headRevision: number): void {
    const { settings, clock } = this.#deps;
    this.#rounds = new Rounds(this.#term, ledger, headRevision, settings.limits, settings.retention, clock.monotonic());
    this.#rounds.round = this.#lastRound;
    const goesOn = this.#publisher.opened(ledger);
    if (!goesOn) for (const follower of this.#followers.all()) follower.sentVersion = null;
  }

  async #collectAndCommit(rounds: Rounds): Promise<void> {
    await this.#timed("collect", () => this.#collect(rounds));
    const offers = rounds.contradictions();
    if (offers.length > 0 || this.#knowledge.isAheadOf(rounds.ledger)) return this.#reopen(offers);
    try {
      const plan = rounds.plan(this.#deps.clock.monotonic(), this.#keyedTerms(rounds));
      this.#refusedBatches.record(rounds.refused);
      if (plan) await this.#timed("commit", () => this.#commit(rounds, plan));
      else if (this.#unsettled) await this.#reread("idle");
      else this.#succeeded("idle", rounds);
    } catch (error) {
      this.#planFailed(error);
    }
  }

  #planFailed(error: unknown): void {
    if (!(error instanceof LedgerMismatch)) throw error;
    this.#rounds = null;
    this.#store.set("corrupt", error.message);
    this.#deps.meter.round("corrupt");
  }

  /** Before replies are collected: they must not be planned on a ledger that they were not collected for. */
  async #convertIfDue(rounds: Rounds): Promise<void> {
    if (!this.#consent.isGiven(this.#followers, this.#deps.clock.monotonic()) || rounds.ledger.layout) return;
    try {
      const plan = rounds.convert(this.#deps.random.id());
      await this.#timed("commit", () => this.#commit(rounds, plan));
    } catch (error) {
      this.#planFailed(error);
    }
  }

  /** Reading a large ledger takes longer than a lease, so each chunk keeps the lease, and is progress (H66). Other work has its turn. */
  #readingSteps(): ReadingSteps {
    const { clock } = this.#deps;
    let turnBegan = clock.monotonic();
    return {
      chunk: () => {
        this.#stallDetector.progressed(clock.monotonic());
        return this.#leadership.keep();
      },
      entry: () => {
        if (clock.monotonic() - turnBegan < READING_TURN_MS) return null;
        return new Promise((resolve) => {
          clock.after(0, () => {
            turnBegan = clock.monotonic();
            resolve();
          });
        });
      },
    };
  }

  async #collect(rounds: Rounds): Promise<void> {
    const { clock, settings } = this.#deps;
    const collect = {
      kind: "collect",
      epoch: rounds.epoch,
      round: rounds.begin(),
      ledger: positionOf(rounds.ledger),
    } as const;
    const asked = this.#followers.ready();
    this.#lastRound = rounds.round;
    const replies = this.#replies.wait(asked, settings.interval * REPLY_SHARE, clock);
    for (const follower of asked) follower.send(collect);
    await replies;
    this.#roundLog.collected(rounds.round, asked.length, rounds.answered);
  }

  async #commit(rounds: Rounds, plan: RoundPlan): Promise<void> {
    if (!this.#leadership.holds()) return;
    this.#publisher.attempt(plan.draft.changed.keys());
    try {
      const outcome = await this.#deps.store.commit(this.#lease, rounds.headRevision, plan);
      this.#unsettled = false;
      if (outcome.kind === "committed") {
        this.#roundLog.committed(plan);
        if (plan.next.layout && !rounds.ledger.layout) this.#reportConversion(plan.next);
        rounds.settle(plan, outcome.headRevision, this.#deps.clock.monotonic());
        this.#publisher.committed(rounds.ledger);
        this.#interval = Math.max(this.#deps.settings.interval, (plan.bytes / this.#deps.settings.writeBudget) * 1000);
        this.#succeeded("committed", rounds);
      } else if (outcome.leader?.nonce !== this.#lease.nonce) this.#leadership.end("superseded", "another node leads");
      else await this.#reread("refused");
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  #reportConversion({ id: ledger, version }: Rounds["ledger"]): void {
    const fields = { ledger, version };
    this.#deps.logger.info("ledger converted to format 2; the release 0.1.0 can no longer read it", fields);
  }

  /** Reads the ledger again, because it may have moved. Replies collected before are not planned on it (L2, H36). */
  async #reread(outcome: RoundOutcome): Promise<void> {
    this.#deps.meter.round(outcome);
    this.#unsettled = false;
    this.#rounds = null;
    await this.#open();
  }

  /** Reads the ledger again, because a node has seen more of it (L4): either another leader wrote, or the store was restored. */
  async #reopen(offers: readonly NodeOffer[]): Promise<void> {
    this.#rounds = null;
    this.#knowledge.contradicted(offers);
    await this.#open();
    if (!this.#rounds && this.#store.state === "lost") this.#deps.meter.round("store_lost");
  }

  #succeeded(outcome: "committed" | "idle", { verdicts }: Rounds): void {
    this.#publisher.verdicts = verdicts;
    if (outcome === "idle") this.#interval = this.#deps.settings.interval;
    this.#deps.meter.round(outcome);
    this.#stallDetector.progressed(this.#deps.clock.monotonic());
    this.#currentAtWall = this.#deps.clock.wall();
    this.#store.set("ok", "");
    this.#space.measure();
  }

  /** Null while no keyed hit may be counted: programs that know only format 1 could not read the ledger. */
  #keyedTerms({ ledger }: Rounds): KeyedTerms | null {
    const { clock, self, settings } = this.#deps;
    return ledger.layout ? { ...settings.keys, wall: clock.wall(), node: self.id } : null;
  }

  #keyedLedger({ ledger }: Rounds): KeyedLedger {
    if (ledger.layout) return { forgottenTo: ledger.keysForgottenTo, waitsFor: [] };
    return { forgottenTo: null, waitsFor: this.#consent.waitsFor(this.#followers) };
  }

  #publish(): void {
    const state = this.#state();
    if (this.#leadership.ended || state === null) return;
    const start = this.#deps.clock.monotonic();
    if (this.#rounds) this.#publisher.keyed = this.#keyedLedger(this.#rounds);
    const bytes = this.#publisher.publish(state, this.#rounds, this.#recipients(), this.#followers.all());
    this.#publisher.verdicts = new Map();
    this.#interval = Math.max(this.#interval, (bytes / PUBLISH_BUDGET) * 1000);
    this.#deps.meter.stage("publish", (this.#deps.clock.monotonic() - start) / 1000);
  }

  #recipients(): Follower[] {
    const ledger = this.#rounds?.ledger;
    return this.#followers.all().filter((follower) => follower.ready && this.#knowledge.maySend(follower, ledger));
  }

  /** Sends parts of copies between two rounds, at most `parts` of them: a round in which nodes are collected has the links for itself. */
  #goOnWithCopiesAfter(pauseMs: number, parts: number): void {
    if (parts === 0) return;
    this.#cancelCopies = this.#deps.clock.after(pauseMs, () => {
      try {
        const bytes = this.#goOnWithCopies();
        if (bytes === null) return;
        this.#goOnWithCopiesAfter(Math.max(COPY_PAUSE_MS, (bytes / PUBLISH_BUDGET) * 1000), parts - 1);
      } catch (error) {
        this.#broke(error);
      }
    });
  }

  #goOnWithCopies(): number | null {
    const state = this.#state();
    if (this.#leadership.ended || state === null || this.#rounds === null) return null;
    return this.#publisher.goOnWithCopies(state, this.#rounds, this.#recipients());
  }

  /** What to publish about the cluster; null before the store's state is known. Until then nodes keep what they heard last. */
  #state(): ClusterState | null {
    const { self } = this.#deps;
    const { state: store, detail: storeDetail } = this.#store;
    if (store === null) return null;
    return {
      leader: self.id,
      epoch: this.#lease.epoch,
      store,
      storeDetail: storeDetail || this.#space.detail,
      asOf: this.#currentAtWall,
      interval: this.#interval,
    };
  }

  #leaderHello(): LeaderHello {
    const ledger = this.#rounds?.ledger;
    const adopted = ledger?.adoptions.map((adoption) => adoption.ledger) ?? [];
    return {
      kind: "welcome",
      leader: this.#deps.self.id,
      epoch: this.#lease.epoch,
      ledger: ledger ? positionOf(ledger) : null,
      adopted,
    };
  }

  #saidHello(follower: Follower): void {
    if (follower.report) this.#copiedLogs.saidHello(follower.member.id, follower.report, this.#lastRound);
    this.#knowledge.markForeign(this.#rounds?.ledger);
    const state = this.#state();
    if (state !== null && this.#knowledge.maySend(follower, this.#rounds?.ledger))
      this.#publisher.publishTo(state, this.#rounds, follower, this.#followers.all().length);
    this.#replies.replied(follower);
  }

  #replied(follower: Follower, reply: CollectReply): void {
    const { id } = follower.member;
    if (!this.#rounds?.accept(id, reply, this.#deps.clock.monotonic())) return;
    this.#copiedLogs.replied(id, reply, reply.round);
    this.#uncountedHits.heard(id, reply.indeterminate);
    this.#replies.replied(follower);
  }

  #lostConnection(follower: Follower, reason: string): void {
    const { name: node, peerAddress: address } = follower.member;
    // A dead node stays listed for a while and is tried again and again: only the first failure is logged.
    if (follower.failures === 1) this.#deps.logger.info("stream to a node lost", { node, address, reason });
    this.#makeWayFor(follower.member);
    this.#replies.replied(follower);
  }

  /** Waits until each listed node has said hello or failed to, before the ledger is judged. */
  async #awaitHellos(): Promise<void> {
    const untried = this.#followers.all().filter(({ tried }) => !tried);
    await this.#replies.wait(untried, HELLO_TIMEOUT_MS, this.#deps.clock);
  }

  async #timed(stage: "collect" | "commit", action: () => Promise<void>): Promise<void> {
    const start = this.#deps.clock.monotonic();
    await action();
    this.#deps.meter.stage(stage, (this.#deps.clock.monotonic() - start) / 1000);
  }

  #storeFailed(error: unknown): void {
    const { outcome, mayBeApplied } = this.#store.failed(error);
    if (mayBeApplied) this.#unsettled = true;
    this.#deps.meter.round(outcome);
  }

  /** Lets another node lead if this one is stalled. Not if the store is full (it grants no new lease), lost or corrupt (nobody could do more). */
  #resignIfStalled(): void {
    const now = this.#deps.clock.monotonic();
    const { state } = this.#store;
    if (state === "full" || state === "lost" || state === "corrupt") this.#stallDetector.progressed(now);
    const all = this.#followers.all();
    this.#stallDetector.reached(all.filter(({ ready }) => ready).length, all.length, now);
    const reason = this.#stallDetector.stallReason(now);
    if (reason !== null) this.#leadership.end("unproductive", reason);
  }
}
