import type { StoreState } from "../../core/cluster/cluster_view.ts";
import { BrokenInvariant } from "../../core/invariant.ts";
import type { Adjustment } from "../../core/ledger/adjustment.ts";
import type { NodeOffer } from "../../core/ledger/loss_detection.ts";
import type { Rounds } from "../../core/ledger/rounds.ts";
import type { AdjustmentOutcome } from "../../ports/adjusting.ts";
import type { Member } from "../../ports/discovery.ts";
import type { Lease } from "../../ports/election.ts";
import type { RoundOutcome } from "../../ports/meter.ts";
import { AdjustmentQueue } from "./adjustment_queue.ts";
import type { Follower } from "./follower.ts";
import { FollowerEvents } from "./follower_events.ts";
import { Followers } from "./followers.ts";
import { FormatTerms } from "./format_terms.ts";
import { KeptChanges } from "./kept_changes.ts";
import type { LeaderDeps } from "./leader_deps.ts";
import { LeaderTerm } from "./leader_term.ts";
import { type LeaderEnd, Leadership } from "./leadership.ts";
import { LedgerAccess } from "./ledger_access.ts";
import { LedgerKnowledge } from "./ledger_knowledge.ts";
import { OpenLedger } from "./open_ledger.ts";
import { Publisher } from "./publisher.ts";
import { readingSteps } from "./reading_steps.ts";
import { RefusedBatches } from "./refused_batches.ts";
import { ReplyBarrier } from "./reply_barrier.ts";
import { ReplyCollector } from "./reply_collector.ts";
import { RoundCommits } from "./round_commits.ts";
import { RoundInterval } from "./round_interval.ts";
import { RoundLog } from "./round_log.ts";
import { SnapshotSender } from "./snapshot_sender.ts";
import { StallDetector } from "./stall_detector.ts";
import { StoreSpace } from "./store_space.ts";
import { StoreStatus } from "./store_status.ts";

/** Rounds with parts of imports begin at least this far apart. */
const SHORTEST_MS = 100;
/** States of the store in which a round can be expected to commit. */
const COMMITTING: ReadonlySet<StoreState> = new Set(["ok", "founding"]);
/** Outcomes of rounds in which the ledger was read and may not be written, by the store's state. */
const UNWRITABLE: { readonly [state in StoreState]?: RoundOutcome } = { lost: "store_lost", corrupt: "corrupt" };

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
 * writes it, `FormatTerms` has what a round may do beside counting batches, `LedgerKnowledge` what nodes know, `Followers` the streams,
 * `ReplyCollector` the replies to a collect, `FollowerEvents` what follows from a hello and from a lost stream, `SnapshotSender` when each
 * stream is sent what `Publisher` makes, `Leadership` how long this node may lead, and `StallDetector` whether it gets anything done.
 */
export class Leader {
  readonly #deps: LeaderDeps;
  readonly #lease: Lease;
  readonly #leadership: Leadership;
  readonly #followers: Followers;
  readonly #knowledge: LedgerKnowledge;
  readonly #refusedBatches: RefusedBatches;
  readonly #ledger: OpenLedger;
  readonly #commits: RoundCommits;
  readonly #snapshots: SnapshotSender;
  readonly #collector: ReplyCollector;
  readonly #events: FollowerEvents;
  readonly #terms: FormatTerms;
  readonly #adjustments: AdjustmentQueue;
  readonly #store: StoreStatus;
  readonly #stallDetector: StallDetector;
  readonly #roundLog: RoundLog;
  readonly #interval: RoundInterval;

  constructor(lease: Lease, deps: LeaderDeps) {
    const { clock, logger, settings } = deps;
    this.#roundLog = new RoundLog(logger, clock, deps.meter);
    this.#deps = { ...deps, meter: this.#roundLog.meter };
    this.#lease = lease;
    const term = new LeaderTerm(lease.epoch, () => deps.random.id());
    this.#leadership = new Leadership(lease, clock, (error) => this.#commits.failed(error));
    this.#stallDetector = new StallDetector(clock.monotonic(), deps.unproductiveTerms);
    this.#store = new StoreStatus(logger);
    this.#interval = new RoundInterval(settings.interval, settings.writeBudget, settings.importBudget);
    this.#followers = new Followers(deps.discovery, deps.remembered, logger, {
      peers: deps.peers,
      clock,
      leaderHello: () => this.#events.leaderHello(),
      saidHello: (follower) => this.#events.saidHello(follower),
      replied: (follower, reply) => this.#collector.replied(follower, reply),
      closed: (follower, reason) => this.#events.lostConnection(follower, reason),
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
    const { limits, retention, importBudget } = settings;
    const importing = { importBudget, importWaits: () => this.#leadership.wake() };
    this.#adjustments = new AdjustmentQueue({ clock, logger, store: deps.store, limits, space, ...importing });
    this.#terms = new FormatTerms({ ...deps, followers: this.#followers, adjustments: this.#adjustments });
    const access = new LedgerAccess(deps.store, lease, term.writer, {
      newId: () => deps.random.id(),
      recorded: deps.recordedLedger,
      steps: readingSteps(clock, () => this.#keepReading()),
    });
    const failed = (error: unknown) => this.#commits.failed(error);
    const replies = new ReplyBarrier<Follower>();
    const opening = { term, limits, retention, access, replies, store: this.#store, failed };
    this.#ledger = new OpenLedger({ ...shared, ...opening });
    const watching = { roundLog: this.#roundLog, stallDetector: this.#stallDetector, status: this.#store };
    const writing = { store: deps.store, lease, term, adjustments: this.#adjustments, ledger: this.#ledger };
    this.#commits = new RoundCommits({ ...shared, ...watching, ...writing });
    const sending = { leader: deps.self.id, epoch: lease.epoch, store: this.#store, ledger: this.#ledger };
    this.#snapshots = new SnapshotSender({ ...shared, ...sending, broke: (error) => this.#broke(error) });
    const nameOf = (id: string) => this.#knowledge.nameOf(id);
    this.#refusedBatches = new RefusedBatches(logger, deps.meter, nameOf);
    const collecting = { ...watching, ledger: this.#ledger, replies, interval: settings.interval, nameOf };
    this.#collector = new ReplyCollector({ ...shared, ...collecting });
    const answering = { ...sending, replies, snapshots: this.#snapshots, collector: this.#collector };
    this.#events = new FollowerEvents({ ...deps, ...shared, ...answering });
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
      await this.#leadership.rest(() => this.#nextRoundAt(start));
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

  /** A part of an import need not wait for the interval: an import of a million lines has five hundred, one after the other. */
  #nextRoundAt(start: number): number {
    const { importAt } = this.#adjustments;
    const usual = start + this.#interval.ms;
    return importAt === null ? usual : Math.min(usual, Math.max(importAt, start + SHORTEST_MS));
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
      return { done: false, reason: "upgrading", waitsFor: this.#terms.waitsFor };
    return this.#adjustments.add(adjustment);
  }

  /** Collects a node that discovery may not know. */
  announce(member: Member, authenticated: boolean): void {
    this.#events.announce(member, authenticated);
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
    if (!ledger.rounds || this.#followers.all().some(({ foreign }) => foreign)) await this.#open();
    if (this.#leadership.ended) return;
    if (ledger.rounds) await this.#convertIfDue(ledger.rounds);
    if (this.#leadership.ended) return;
    if (ledger.rounds) await this.#collectAndCommit(ledger.rounds);
    this.#snapshots.publish(ledger.rounds && this.#terms.keyedLedger(ledger.rounds.ledger));
    this.#snapshots.goOnWithCopies();
    this.#resignIfStalled();
    // Last: until they say hello again, these nodes count as out of reach, and they have time for it until the next collect.
    this.#followers.renewDue();
  }

  async #open(): Promise<void> {
    await this.#ledger.open();
    this.#countUnwritable();
  }

  /** Counts each such round, so that an alert on its outcome lasts as long as the trouble. */
  #countUnwritable(): void {
    const { state } = this.#store;
    const outcome = this.#ledger.rounds || !state ? undefined : UNWRITABLE[state];
    if (outcome) this.#deps.meter.round(outcome);
  }

  async #collectAndCommit(rounds: Rounds): Promise<void> {
    const [prepared] = await Promise.all([this.#terms.prepare(rounds.ledger), this.#collector.collect(rounds)]);
    const offers = rounds.contradictions();
    if (offers.length > 0 || this.#knowledge.isAheadOf(rounds.ledger)) return this.#reopen(offers);
    await this.#commits.commitPlanned(rounds, () => {
      const now = this.#deps.clock.monotonic();
      const plan = rounds.plan(now, this.#terms.of(rounds.ledger, prepared));
      this.#refusedBatches.record(rounds.refused);
      return plan;
    });
  }

  /** A node has seen more of the ledger (L4). */
  async #reopen(offers: readonly NodeOffer[]): Promise<void> {
    await this.#ledger.reopen(offers);
    this.#countUnwritable();
  }

  /** Before replies are collected: they must not be planned on a ledger that they were not collected for. */
  async #convertIfDue(rounds: Rounds): Promise<void> {
    if (this.#terms.isConversionDue(rounds.ledger))
      await this.#commits.commitPlanned(rounds, () => rounds.convert(this.#deps.random.id()));
  }

  /** Reading a large ledger takes longer than a lease, so each step of it keeps the lease, and is progress (H66). */
  #keepReading(): Promise<boolean> {
    this.#stallDetector.progressed(this.#deps.clock.monotonic());
    return this.#leadership.keep();
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
