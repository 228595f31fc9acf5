import type { ClusterView, NodeRow } from "../../core/cluster/cluster_view.ts";
import { HitHistory, type SecondsOfHits } from "../../core/cluster/hit_history.ts";
import type { Day, Hour } from "../../core/days/hour.ts";
import { BrokenInvariant } from "../../core/invariant.ts";
import type { KeyId } from "../../core/keys/idempotency_key.ts";
import type { Adjustment } from "../../core/ledger/adjustment.ts";
import type { CounterTotals } from "../../core/ledger/snapshot.ts";
import type { LogTail } from "../../core/log/batch.ts";
import type { Visitor } from "../../core/marks/mark.ts";
import type { PeriodKind } from "../../core/marks/period.ts";
import type { Adjusting, AdjustmentOutcome } from "../../ports/adjusting.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  CommittedSum,
  CommittedTotal,
  CounterReading,
  Counting,
  HitOutcome,
  HitsByHour,
  HitsOutcome,
  KeyedOutcome,
  Receipt,
  Statistics,
} from "../../ports/counting.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Election } from "../../ports/election.ts";
import type { DataDirectory } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";
import type {
  HandoffReply,
  LeaderMessage,
  NodeStream,
  NodeStreamEvents,
  PeerService,
  PeerStatus,
  Peers,
} from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import { ClusterCache } from "../counter/cluster_cache.ts";
import { type CounterState, Counters } from "../counter/counters.ts";
import { DirectoryWatch } from "../counter/directory_watch.ts";
import type { HeldLog } from "../counter/held_log.ts";
import { HeldLogs } from "../counter/held_logs.ts";
import { Hits } from "../counter/hits.ts";
import { KeyedHits } from "../counter/keyed_hits.ts";
import { KnownLedger } from "../counter/known_ledger.ts";
import { LeaderCheck } from "../counter/leader_check.ts";
import { LeaderSession } from "../counter/leader_session.ts";
import { Marks } from "../counter/marks.ts";
import { NodeDays } from "../counter/node_days.ts";
import { NodeLinks } from "../counter/node_links.ts";
import { withOwnRow } from "../counter/own_row.ts";
import { KeptChanges } from "../leader/kept_changes.ts";
import type { LeaderSettings } from "../leader/leader.ts";
import { Adjuster } from "./adjuster.ts";
import { Candidate } from "./candidate.ts";
import { CatchUp } from "./catch_up.ts";
import { CommitWaiters } from "./commit_waiters.ts";
import { Drain, type DrainReport, type DrainSettings } from "./drain.ts";
import { FailStop } from "./fail_stop.ts";
import { HandoffReceiver } from "./handoff_receiver.ts";
import { LeaderRole } from "./leader_role.ts";
import { StoreStatusLog } from "./store_status_log.ts";
import { TakeOver } from "./take_over.ts";

/** A counter of which a new node has not heard yet. */
const UNHEARD: CounterState = { committed: null, regions: new Map(), generation: 0, pending: 0, unplaced: 0 };

export interface NodeDeps {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
  readonly election: Election;
  readonly discovery: Discovery;
  /** Id of the ledger that is recorded outside the store; null: none is. */
  readonly recordedLedger: () => string | null;
  readonly peers: Peers;
  /** Null: memory only. */
  readonly directory: DataDirectory | null;
  readonly meter: Meter;
  readonly settings: NodeOptions;
}

export interface NodeOptions {
  readonly leader: LeaderSettings;
  readonly drain: DrainSettings;
  /** The only counters that may exist; null: any. */
  readonly allowed: ReadonlySet<string> | null;
}

/**
 * One counter process: it takes hits, replies to leaders, and leads if it wins an election.
 *
 * `Node` connects the parts and owns their life: open, join, drain, halt. Each part keeps its own rules: `Hits` and `HeldLogs` what is
 * acknowledged, `LeaderSession` what is shown, `Candidate` and `Leader` who commits, `Drain` how the node leaves.
 */
export class Node implements Counting, PeerService {
  readonly #deps: NodeDeps;
  readonly #counters: Counters;
  readonly #history = new HitHistory();
  readonly #days: NodeDays;
  readonly #links = new NodeLinks();
  readonly #heldLogs: HeldLogs;
  readonly #hits: Hits;
  readonly #keyedHits: KeyedHits;
  readonly #marks: Marks;
  readonly #clusterCache: ClusterCache;
  readonly #known: KnownLedger;
  readonly #leaderSession: LeaderSession;
  readonly #candidate: Candidate;
  readonly #storeStatusLog: StoreStatusLog;
  /** Null: memory only. */
  readonly #directory: DirectoryWatch | null;
  readonly #listeners = new Set<() => void>();
  readonly #commitWaiters: CommitWaiters;
  readonly #leaderRole: LeaderRole;
  /** For people with the right `admin`. */
  readonly adjusting: Adjusting;
  readonly #handoffReceiver: HandoffReceiver;
  readonly #failStop: FailStop;
  readonly #takeOver: TakeOver;
  readonly #catchUp = new CatchUp();
  readonly #heardChanges = new KeptChanges();
  /** Pages that are open on this node. */
  #active = 0;
  #draining = false;

  constructor(deps: NodeDeps) {
    const { clock, random, logger, directory, self, settings, peers } = deps;
    this.#deps = deps;
    this.#counters = new Counters(self.region, settings.leader.limits.reserved, random.id());
    this.#heldLogs = new HeldLogs({ directory, random, region: self.region, counters: this.#counters, logger });
    this.#commitWaiters = new CommitWaiters(this.#heldLogs, clock);
    this.#failStop = new FailStop(logger, (reason) => this.#halt(reason));
    this.#hits = new Hits({
      halt: (error) => this.#failStop.halt(error),
      heldLogs: this.#heldLogs,
      counters: this.#counters,
      clock,
      logger,
      allowed: settings.allowed,
    });
    this.#clusterCache = new ClusterCache(clock);
    const counting = { region: self.region, counters: this.#counters, hits: this.#hits, clock };
    const life = random.id();
    this.#keyedHits = new KeyedHits({ life, ...counting, clusterCache: this.#clusterCache });
    this.#marks = new Marks({ life, ...counting, logger });
    this.#days = new NodeDays({ ...deps, shown: () => this.#shownVersion() });
    this.#storeStatusLog = new StoreStatusLog(logger);
    this.#known = new KnownLedger(directory, clock, logger);
    this.#directory = directory && this.#watch(directory);
    const draining = () => this.#draining;
    this.#handoffReceiver = new HandoffReceiver({
      heldLogs: this.#heldLogs,
      known: this.#known,
      logger,
      failStop: this.#failStop,
      counters: this.#counters,
      maxCounters: settings.leader.limits.counters,
      hasDirectory: directory !== null,
      draining,
    });
    this.#takeOver = new TakeOver({ ...deps, listed: () => this.#clusterCache.rows() });
    this.#leaderRole = new LeaderRole({
      leader: {
        ...deps,
        heardChanges: this.#heardChanges,
        couldNotReach: (member) => this.#takeOver.couldNotReach(member),
        known: () => this.#known.ref,
        lineage: () => this.#counters.adoptions,
        seen: () => this.#counters.seen(),
        settings: settings.leader,
        halt: (error) => this.#failStop.halt(error),
      },
      remembered: () => [...this.#clusterCache.rows(), self],
      draining,
      changed: () => this.#changed(),
    });
    this.adjusting = new Adjuster({
      ...deps,
      clusterCache: this.#clusterCache,
      leader: () => this.#leaderRole.current,
      ledger: () => this.#counters.ledger,
      pending: (counter) => this.#counters.get(counter)?.pending ?? 0,
      links: () => this.#links.shown,
      allowed: settings.allowed,
    });
    const leaderCheck = new LeaderCheck(deps.election);
    this.#leaderSession = new LeaderSession({
      self,
      clock,
      logger,
      draining,
      history: this.#history,
      heldLogs: this.#heldLogs,
      hits: this.#hits,
      keyedHits: this.#keyedHits,
      marks: this.#marks,
      counters: this.#counters,
      days: this.#days,
      links: this.#links,
      clusterCache: this.#clusterCache,
      known: this.#known,
      heardChanges: this.#heardChanges,
      checkLeader: (hello, authenticated, verdict) =>
        leaderCheck.check(hello, authenticated, (refusal) => this.#failStop.guard(() => verdict(refusal), undefined)),
      durable: () => this.#durable,
      refusing: () => this.refusing(),
      active: () => this.#active,
      adopted: () => this.#changed(),
      leaderResigned: () => this.#candidate.leaderResigned(),
      leaderHeard: (epoch) => {
        this.#takeOver.heard(epoch);
        this.#candidate.leaderHeard();
      },
      leaderLost: (epoch) => this.#candidate.leaderLost(epoch),
    });
    this.#candidate = new Candidate({
      self,
      clock,
      random,
      logger,
      peers,
      draining,
      election: deps.election,
      clusterCache: this.#clusterCache,
      interval: settings.leader.interval,
      takeOver: this.#takeOver,
      lead: (lease, tookOver) => this.#leaderRole.lead(lease, tookOver),
      changed: () => this.#changed(),
    });
  }

  get nodeId(): string {
    return this.#deps.self.id;
  }

  get name(): string {
    return this.#deps.self.name;
  }

  /** The logs that this node holds now. Only for tests that compare them with the ledger: they must not be changed. */
  get logs(): Iterable<HeldLog> {
    return this.#heldLogs.all();
  }

  /** Takes over what earlier processes left in the data directory. Call before anything is served. Throws JournalError. */
  open(): void {
    this.#heldLogs.open();
    this.#known.open([...this.#heldLogs.all()].flatMap(({ log }) => log.firstOffer ?? []));
  }

  /** Joins the cluster. Call once the peer service and the pages can be reached. */
  join(): void {
    this.#deps.discovery.register(this.#deps.self);
    this.#candidate.start();
    this.#directory?.start();
  }

  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void {
    this.#hits.hit(counter, by, done);
  }

  hitEach(counters: readonly string[], done: (outcome: HitsOutcome) => void): void {
    this.#hits.hitEach(counters, done);
  }

  keyedHit(counter: string, by: number, key: KeyId, done: (outcome: KeyedOutcome) => void): void {
    this.#keyedHits.hit(counter, by, key, done);
  }

  mark(counter: string, kind: PeriodKind, visitor: Visitor): void {
    this.#marks.mark(counter, kind, visitor);
  }

  read(counter: string): CounterReading | undefined {
    const state = this.#counters.get(counter) ?? (this.#counters.copying ? UNHEARD : undefined);
    if (!state) return undefined;
    const { ledger } = this.#counters;
    const { committed, regions, generation, pending } = state;
    const asOf = ledger ? this.#clusterCache.view(null).asOf : null;
    const value = committed === null ? null : committed + BigInt(pending);
    const version = ledger?.version ?? null;
    return { counter, value, committed, pending, regions, generation, version, asOf };
  }

  knows(counter: string): boolean {
    return this.#counters.knows(counter);
  }

  complete(): boolean {
    return this.#counters.complete;
  }

  catchingUp(): boolean {
    return this.#catchUp.isUnderWay(this.#deps.clock.monotonic());
  }

  list(after: string, limit: number): readonly CounterTotals[] {
    return this.#counters.list(after, limit);
  }

  sum(): CommittedSum | null {
    return this.#counters.sum();
  }

  history(counter: string): SecondsOfHits {
    return this.#history.read(counter);
  }

  hitsByHour(counter: string, from: Hour, to: Hour): HitsByHour | "loading" | "upgrading" {
    return this.#days.hitsByHour(counter, from, to);
  }

  busiest(day: Day): Promise<readonly CommittedTotal[] | null> {
    return this.#days.busiest(day);
  }

  #shownVersion() {
    return { version: this.#counters.ledger?.version ?? 0, asOf: this.#clusterCache.view(null).asOf ?? 0 };
  }

  committed(receipt: Receipt, deadlineMs: number): Promise<boolean> {
    return this.#commitWaiters.wait(receipt, deadlineMs);
  }

  cluster(): ClusterView {
    return withOwnRow(
      this.#clusterCache.view(this.#counters.ledger),
      this.#ownRow(),
      this.#leaderRole.current !== null,
    );
  }

  #ownRow(): NodeRow {
    const { self, clock } = this.#deps;
    const { accepted: hits, committed, pending, active } = this.statistics();
    const state = this.#draining ? "draining" : this.refusing() ? "refusing" : "counting";
    return { ...self, state, hits, committed, pending, active, heardAt: clock.wall(), durable: this.#durable };
  }

  statistics(): Statistics {
    const { currentAt } = this.#clusterCache;
    return {
      accepted: this.#hits.accepted,
      committed: this.#hits.committed,
      pending: this.#heldLogs.pending,
      active: this.#active,
      leading: this.#leaderRole.current !== null,
      journalErrors: this.#heldLogs.journalErrors,
      directoryLosses: this.#directory?.losses ?? 0,
      indeterminate: this.#heldLogs.indeterminate,
      keyedAnswers: this.#keyedHits.answers,
      keyedWaiting: this.#keyedHits.waiting,
      keysKept: this.#leaderRole.current?.keysKept ?? null,
      markResults: this.#marks.results,
      marksWaiting: this.#marks.waiting,
      earlyVisits: this.#marks.early,
      marksKept: this.#leaderRole.current?.marksKept ?? null,
      brokenInvariants: this.#failStop.broken,
      snapshotAge: currentAt === null ? null : (this.#deps.clock.monotonic() - currentAt) / 1000,
    };
  }

  watched(pages: number): void {
    this.#active = pages;
  }

  ready(): boolean {
    return !this.#draining && this.healthy();
  }

  healthy(): boolean {
    return !this.#failStop.halted;
  }

  refusing(): boolean {
    return this.#directory !== null && this.#directory.missing !== null;
  }

  /** Whether the pending hits are on disk, and so survive the end of this process. Checks the data directory now. */
  keepsHits(): boolean {
    if (!this.healthy()) return this.#deps.directory?.missing() === null;
    this.#directory?.check();
    return this.#durable;
  }

  #watch(directory: DataDirectory): DirectoryWatch {
    const { clock, logger } = this.#deps;
    const guard = (action: () => void) => this.#failStop.guard(action, undefined);
    const changed = () => this.#changed();
    return new DirectoryWatch({
      directory,
      heldLogs: this.#heldLogs,
      known: this.#known,
      clock,
      logger,
      guard,
      changed,
    });
  }

  get #durable(): boolean {
    return this.#directory !== null && !this.refusing();
  }

  onRound(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  accept(stream: NodeStream): NodeStreamEvents {
    const { message, closed } = this.#leaderSession.accept(stream);
    const receive = (received: LeaderMessage) => this.#failStop.guard(() => message(received), undefined);
    if (this.#failStop.halted) this.#leaderSession.stop("this node halted");
    return { message: receive, closed };
  }

  announce(member: Member, leader: string, authenticated: boolean): boolean {
    if (leader !== "" && leader !== this.nodeId) return false;
    this.#leaderRole.current?.announce(member, authenticated);
    return this.#leaderRole.current !== null;
  }

  async hears(epoch: number): Promise<boolean> {
    return this.#leaderSession.hears(epoch) || this.#takeOver.isAlive(epoch);
  }

  getStatus(): PeerStatus {
    const takesRemains = this.ready() && this.#durable;
    return { nodeId: this.nodeId, known: this.#known.ref, takesRemains };
  }

  acceptHandoff(from: string, tails: readonly LogTail[], authenticated: boolean): HandoffReply {
    return this.#handoffReceiver.accept(from, tails, authenticated);
  }

  async adjust(adjustment: Adjustment): Promise<AdjustmentOutcome> {
    return this.#leaderRole.current?.adjust(adjustment) ?? { done: false, reason: "no-leader" };
  }

  /** Leaves the cluster, if possible with all hits committed or handed off. `beforeRefusing` is called just before hits are refused. */
  async drain(beforeRefusing = () => {}): Promise<DrainReport> {
    this.#draining = true;
    this.#changed();
    this.#deps.logger.info("draining started", { pending: this.#heldLogs.pending });
    const handoff = await this.#runDrain(beforeRefusing);
    this.#keyedHits.end();
    this.#marks.end();
    this.#days.stop();
    this.#candidate.stop();
    this.#known.save();
    await this.#deps.discovery.withdraw();
    this.#directory?.stop();
    const { logger } = this.#deps;
    const report = { ...handoff, kept: this.keepsHits() };
    if (report.left > 0) logger.error(leftWith(report), { hits: report.left });
    else logger.info("draining finished", { handedOver: report.handedOver || undefined });
    return report;
  }

  /** Drains. A halted node leaves at once: what it holds in memory cannot be trusted, and its journals are for the next process. */
  async #runDrain(beforeRefusing: () => void): Promise<Omit<DrainReport, "kept">> {
    const { settings, ...deps } = this.#deps;
    const counter = {
      hits: this.#hits,
      keyedHits: this.#keyedHits,
      marks: this.#marks,
      heldLogs: this.#heldLogs,
      clusterCache: this.#clusterCache,
    };
    const drain = new Drain({ ...deps, ...counter, leader: () => this.#leaderRole.current, settings: settings.drain });
    try {
      if (this.healthy()) return await drain.run(beforeRefusing);
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      this.#failStop.halt(error);
    }
    return { handedOver: 0, left: this.#heldLogs.pending };
  }

  #halt(reason: string): void {
    this.#hits.halt();
    this.#keyedHits.end();
    this.#marks.end();
    this.#directory?.stop();
    this.#candidate.stop();
    this.#leaderRole.current?.resign();
    this.#leaderSession.stop(reason);
    this.#changed();
  }

  #changed(): void {
    const { copying, complete } = this.#counters;
    this.#catchUp.update(copying, complete, this.#deps.clock.monotonic());
    const { store, storeDetail } = this.#clusterCache.store;
    this.#storeStatusLog.heard(store, storeDetail, this.#leaderRole.current !== null);
    this.#commitWaiters.settle();
    for (const listener of this.#listeners) listener();
  }
}

function leftWith({ kept }: DrainReport): string {
  const where = kept ? "they stay in the journal" : "no journal has them, and they are lost";
  return `draining ended with hits that are not committed; ${where}`;
}
