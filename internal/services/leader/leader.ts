import type { StoreState } from "../../core/cluster/cluster_view.ts";
import { BrokenInvariant } from "../../core/invariant.ts";
import type { AdjustingTerms } from "../../core/ledger/adjusting_round.ts";
import type { Adjustment } from "../../core/ledger/adjustment.ts";
import type { KeyedTerms, KeyLimits } from "../../core/ledger/keyed_round.ts";
import { positionOf } from "../../core/ledger/ledger.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import type { NodeOffer } from "../../core/ledger/loss_detection.ts";
import type { MarkedTerms, MarkLimits } from "../../core/ledger/mark_round.ts";
import type { Retention } from "../../core/ledger/retention.ts";
import type { Rounds } from "../../core/ledger/rounds.ts";
import type { KeyedLedger } from "../../core/ledger/snapshot.ts";
import type { AdjustmentOutcome } from "../../ports/adjusting.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Lease } from "../../ports/election.ts";
import type { Meter } from "../../ports/meter.ts";
import type { CollectReply, LeaderHello, Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import { AdjustmentQueue } from "./adjustment_queue.ts";
import { CopiedLogs } from "./copied_logs.ts";
import type { CopyLimits } from "./copies.ts";
import type { Follower } from "./follower.ts";
import { Followers } from "./followers.ts";
import { FormatConsent } from "./format_consent.ts";
import { KeptChanges } from "./kept_changes.ts";
import { LeaderTerm } from "./leader_term.ts";
import { type LeaderEnd, Leadership } from "./leadership.ts";
import { LedgerAccess } from "./ledger_access.ts";
import { LedgerKnowledge, type LedgerKnowledgeDeps } from "./ledger_knowledge.ts";
import { OpenLedger } from "./open_ledger.ts";
import { Publisher } from "./publisher.ts";
import { readingSteps } from "./reading_steps.ts";
import { RefusedBatches } from "./refused_batches.ts";
import { ReplyBarrier } from "./reply_barrier.ts";
import { RoundCommits } from "./round_commits.ts";
import { RoundInterval } from "./round_interval.ts";
import { RoundLog } from "./round_log.ts";
import { SnapshotSender } from "./snapshot_sender.ts";
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
  readonly marks: MarkLimits;
  /** Milliseconds for which all nodes must know format 2 before a ledger of format 1 is converted. */
  readonly conversionDelay: number;
  /** Default: `COPY_LIMITS`. */
  readonly copies?: CopyLimits;
}

/** A collect waits for replies for this share of the interval. Later replies are dropped; the next round asks again. */
const REPLY_SHARE = 0.5;
/** States of the store in which a round can be expected to commit. */
const COMMITTING: ReadonlySet<StoreState> = new Set(["ok", "founding"]);

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
 * `Leader` owns the order of steps. Its collaborators: `Rounds` decides what to write, `OpenLedger` reads and judges the ledger, `RoundCommits`
 * writes it, `LedgerKnowledge` has what nodes know, `Followers` the streams, `SnapshotSender` when each stream is sent what `Publisher`
 * makes, `Leadership` how long this node may lead, and `StallDetector` whether it gets anything done.
 */
export class Leader {
  readonly #deps: LeaderDeps;
  readonly #lease: Lease;
  readonly #leadership: Leadership;
  readonly #followers: Followers;
  readonly #knowledge: LedgerKnowledge;
  readonly #refusedBatches: RefusedBatches;
  readonly #copiedLogs: CopiedLogs;
  readonly #uncountedHits: UncountedHits;
  readonly #ledger: OpenLedger;
  readonly #commits: RoundCommits;
  readonly #snapshots: SnapshotSender;
  readonly #consent: FormatConsent;
  readonly #adjustments: AdjustmentQueue;
  readonly #store: StoreStatus;
  readonly #stallDetector: StallDetector;
  readonly #replies = new ReplyBarrier<Follower>();
  readonly #roundLog: RoundLog;
  readonly #interval: RoundInterval;
  /** Ids of nodes that announced themselves. */
  readonly #announced = new Set<string>();

  constructor(lease: Lease, deps: LeaderDeps) {
    const { clock, logger, settings } = deps;
    this.#roundLog = new RoundLog(logger, clock, deps.meter);
    this.#deps = { ...deps, meter: this.#roundLog.meter };
    this.#lease = lease;
    const term = new LeaderTerm(lease.epoch, () => deps.random.id());
    this.#leadership = new Leadership(lease, clock, (error) => this.#commits.failed(error));
    this.#stallDetector = new StallDetector(clock.monotonic(), deps.unproductiveTerms);
    this.#store = new StoreStatus(logger);
    this.#interval = new RoundInterval(settings.interval, settings.writeBudget);
    this.#consent = new FormatConsent(settings.conversionDelay);
    this.#followers = new Followers(deps.discovery, deps.remembered, logger, {
      peers: deps.peers,
      clock,
      leaderHello: () => this.#leaderHello(),
      saidHello: (follower) => this.#saidHello(follower),
      replied: (follower, reply) => this.#replied(follower, reply),
      closed: (follower, reason) => this.#lostConnection(follower, reason),
    });
    this.#knowledge = new LedgerKnowledge(this.#followers, deps);
    const space = new StoreSpace(deps);
    const kept = new KeptChanges(deps.heardChanges);
    const shared = {
      clock,
      logger,
      meter: this.#roundLog.meter,
      leadership: this.#leadership,
      followers: this.#followers,
      knowledge: this.#knowledge,
      publisher: new Publisher(settings.limits, kept, settings.copies, space),
      interval: this.#interval,
      space,
    };
    const { limits, retention, writeBudget } = settings;
    this.#adjustments = new AdjustmentQueue({ clock, logger, store: deps.store, limits, writeBudget, space });
    const access = new LedgerAccess(deps.store, lease, term.writer, {
      newId: () => deps.random.id(),
      recorded: deps.recordedLedger,
      steps: readingSteps(clock, () => this.#readChunk()),
    });
    const failed = (error: unknown) => this.#commits.failed(error);
    const replies = this.#replies;
    const opening = { term, limits, retention, access, replies, store: this.#store, failed };
    this.#ledger = new OpenLedger({ ...shared, ...opening });
    const watching = { roundLog: this.#roundLog, stallDetector: this.#stallDetector, status: this.#store };
    const writing = { store: deps.store, lease, term, adjustments: this.#adjustments, ledger: this.#ledger };
    this.#commits = new RoundCommits({ ...shared, ...watching, ...writing });
    const sending = { leader: deps.self.id, epoch: lease.epoch, store: this.#store, ledger: this.#ledger };
    this.#snapshots = new SnapshotSender({ ...shared, ...sending, broke: (error) => this.#broke(error) });
    const nameOf = (id: string) => this.#knowledge.nameOf(id);
    this.#refusedBatches = new RefusedBatches(logger, deps.meter, nameOf);
    this.#copiedLogs = new CopiedLogs(logger, deps.meter, nameOf);
    this.#uncountedHits = new UncountedHits(logger, nameOf);
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
      await this.#leadership.rest(start + this.#interval.ms);
      this.#snapshots.cancelCopies();
    }
    this.#adjustments.end();
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

  /** Does an adjustment in one of the next rounds. Resolves when it is done or refused, or after ten seconds. */
  async adjust(adjustment: Adjustment): Promise<AdjustmentOutcome> {
    const { state } = this.#store;
    if (this.#leadership.ended) return { done: false, reason: "no-leader" };
    if (state !== null && !COMMITTING.has(state)) return { done: false, reason: "store-away" };
    if (this.#ledger.rounds?.ledger.layout === null)
      return { done: false, reason: "upgrading", waitsFor: this.#consent.waitsFor(this.#followers) };
    return this.#adjustments.add(adjustment);
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
    return this.#ledger.rounds?.ledger.keys.size ?? null;
  }

  /** Marks that the ledger keeps; null while there is no ledger. */
  get marksKept(): number | null {
    return this.#ledger.rounds?.ledger.marks.size ?? null;
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
    const ledger = this.#ledger;
    if (!ledger.rounds || this.#followers.all().some(({ foreign }) => foreign)) await ledger.open();
    if (this.#leadership.ended) return;
    if (ledger.rounds) await this.#convertIfDue(ledger.rounds);
    if (this.#leadership.ended) return;
    if (ledger.rounds) await this.#collectAndCommit(ledger.rounds);
    this.#snapshots.publish(ledger.rounds && this.#keyedLedger(ledger.rounds));
    this.#snapshots.goOnWithCopies();
    this.#resignIfStalled();
    // Last: until they say hello again, these nodes count as out of reach, and they have time for it until the next collect.
    this.#followers.renewDue();
  }

  async #collectAndCommit(rounds: Rounds): Promise<void> {
    const [prepared] = await Promise.all([this.#adjusting(rounds), this.#collect(rounds)]);
    const offers = rounds.contradictions();
    if (offers.length > 0 || this.#knowledge.isAheadOf(rounds.ledger)) return this.#reopen(offers);
    await this.#commits.commitPlanned(rounds, () => {
      const now = this.#deps.clock.monotonic();
      const adjusting = prepared && this.#adjustments.stillWaiting(prepared);
      const terms = { keyed: this.#keyedTerms(rounds), adjusting, marked: this.#markedTerms(rounds) };
      const plan = rounds.plan(now, terms);
      this.#refusedBatches.record(rounds.refused);
      return plan;
    });
  }

  /** Null while nothing may be adjusted: programs that know only format 1 could not read the ledger. */
  async #adjusting({ ledger }: Rounds): Promise<AdjustingTerms | null> {
    return ledger.layout ? this.#adjustments.prepare(ledger) : null;
  }

  /** A node has seen more of the ledger (L4). */
  async #reopen(offers: readonly NodeOffer[]): Promise<void> {
    await this.#ledger.reopen(offers);
    if (!this.#ledger.rounds && this.#store.state === "lost") this.#deps.meter.round("store_lost");
  }

  /** Before replies are collected: they must not be planned on a ledger that they were not collected for. */
  async #convertIfDue(rounds: Rounds): Promise<void> {
    if (!this.#consent.isGiven(this.#followers, this.#deps.clock.monotonic()) || rounds.ledger.layout) return;
    await this.#commits.commitPlanned(rounds, () => rounds.convert(this.#deps.random.id()));
  }

  /** Reading a large ledger takes longer than a lease, so each chunk keeps the lease, and is progress (H66). */
  #readChunk(): Promise<boolean> {
    this.#stallDetector.progressed(this.#deps.clock.monotonic());
    return this.#leadership.keep();
  }

  async #collect(rounds: Rounds): Promise<void> {
    const { clock, meter, settings } = this.#deps;
    const start = clock.monotonic();
    const collect = {
      kind: "collect",
      epoch: rounds.epoch,
      round: rounds.begin(),
      ledger: positionOf(rounds.ledger),
    } as const;
    const asked = this.#followers.ready();
    this.#ledger.lastRound = rounds.round;
    const replies = this.#replies.wait(asked, settings.interval * REPLY_SHARE, clock);
    for (const follower of asked) follower.send(collect);
    await replies;
    this.#roundLog.collected(rounds.round, asked.length, rounds.answered);
    meter.stage("collect", (clock.monotonic() - start) / 1000);
  }

  /** Null while no keyed hit may be counted: programs that know only format 1 could not read the ledger. */
  #keyedTerms({ ledger }: Rounds): KeyedTerms | null {
    const { clock, self, settings } = this.#deps;
    return ledger.layout ? { ...settings.keys, wall: clock.wall(), node: self.id } : null;
  }

  #markedTerms({ ledger }: Rounds): MarkedTerms | null {
    const { clock, self, settings, random } = this.#deps;
    const newSecret = () => random.id() + random.id();
    return ledger.layout ? { ...settings.marks, wall: clock.wall(), node: self.id, newSecret } : null;
  }

  #keyedLedger({ ledger }: Rounds): KeyedLedger {
    if (ledger.layout) return { forgottenTo: ledger.keysForgottenTo, waitsFor: [] };
    return { forgottenTo: null, waitsFor: this.#consent.waitsFor(this.#followers) };
  }

  #leaderHello(): LeaderHello {
    const ledger = this.#ledger.rounds?.ledger;
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
    if (follower.report) this.#copiedLogs.saidHello(follower.member.id, follower.report, this.#ledger.lastRound);
    this.#knowledge.markForeign(this.#ledger.rounds?.ledger);
    this.#snapshots.publishTo(follower);
    this.#replies.replied(follower);
  }

  #replied(follower: Follower, reply: CollectReply): void {
    const { id } = follower.member;
    if (!this.#ledger.rounds?.accept(id, reply, this.#deps.clock.monotonic())) return;
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
