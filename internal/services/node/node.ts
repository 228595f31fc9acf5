import type { ClusterView } from "../../core/cluster/cluster_view.ts";
import type { SecondsOfHits } from "../../core/cluster/hit_history.ts";
import type { Day, Hour } from "../../core/days/hour.ts";
import type { KeyId } from "../../core/keys/idempotency_key.ts";
import type { Adjustment } from "../../core/ledger/adjustment.ts";
import type { CounterTotals } from "../../core/ledger/snapshot.ts";
import type { LogTail } from "../../core/log/batch.ts";
import type { Visitor } from "../../core/marks/mark.ts";
import type { PeriodKind } from "../../core/marks/period.ts";
import type { Adjusting, AdjustmentOutcome } from "../../ports/adjusting.ts";
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
import type { Member } from "../../ports/discovery.ts";
import type { DataDirectory } from "../../ports/journal.ts";
import type {
  HandoffReply,
  LeaderMessage,
  NodeStream,
  NodeStreamEvents,
  PeerService,
  PeerStatus,
} from "../../ports/peers.ts";
import { DirectoryWatch } from "../counter/directory_watch.ts";
import type { HeldLog } from "../counter/held_log.ts";
import { KnownLedger } from "../counter/known_ledger.ts";
import { LeaderCheck } from "../counter/leader_check.ts";
import { LeaderSession } from "../counter/leader_session.ts";
import { KeptChanges } from "../leader/kept_changes.ts";
import { Adjuster } from "./adjuster.ts";
import { CatchUp } from "./catch_up.ts";
import { CommitWaiters } from "./commit_waiters.ts";
import { Departure } from "./departure.ts";
import type { DrainReport } from "./drain.ts";
import { FailStop } from "./fail_stop.ts";
import { HandoffReceiver } from "./handoff_receiver.ts";
import { NodeCounting } from "./node_counting.ts";
import type { NodeDeps } from "./node_deps.ts";
import { NodeLeading } from "./node_leading.ts";
import { NodeView } from "./node_view.ts";
import { StoreStatusLog } from "./store_status_log.ts";

/**
 * One counter process: it takes hits, replies to leaders, and leads if it wins an election.
 *
 * `Node` connects the parts and owns their life: open, join, drain, halt. Each part keeps its own rules: `NodeCounting` what is counted
 * here, `LeaderSession` what is shown, `NodeLeading` who commits, `Departure` how the node leaves, `NodeView` what is said of it.
 */
export class Node implements Counting, PeerService {
  readonly #deps: NodeDeps;
  readonly #counting: NodeCounting;
  readonly #view: NodeView;
  readonly #known: KnownLedger;
  readonly #leaderSession: LeaderSession;
  readonly #storeStatusLog: StoreStatusLog;
  /** Null: memory only. */
  readonly #directory: DirectoryWatch | null;
  readonly #listeners = new Set<() => void>();
  readonly #commitWaiters: CommitWaiters;
  readonly #leading: NodeLeading;
  /** For people with the right `admin`. */
  readonly adjusting: Adjusting;
  readonly #handoffReceiver: HandoffReceiver;
  readonly #failStop: FailStop;
  readonly #catchUp = new CatchUp();
  #draining = false;

  constructor(deps: NodeDeps) {
    const { clock, logger, directory, self, settings } = deps;
    this.#deps = deps;
    this.#failStop = new FailStop(logger, (reason) => this.#halt(reason));
    this.#counting = new NodeCounting(deps, this.#failStop);
    const { counters, heldLogs, clusterCache, links } = this.#counting;
    this.#commitWaiters = new CommitWaiters({ heldLogs, counters, clock });
    this.#storeStatusLog = new StoreStatusLog(logger);
    this.#known = new KnownLedger(directory, clock, logger);
    this.#directory = directory && this.#watch(directory);
    const draining = () => this.#draining;
    this.#handoffReceiver = new HandoffReceiver({
      heldLogs,
      known: this.#known,
      logger,
      failStop: this.#failStop,
      counters,
      maxCounters: settings.leader.limits.counters,
      hasDirectory: directory !== null,
      draining,
    });
    const heardChanges = new KeptChanges();
    const life = { counting: this.#counting, known: this.#known, failStop: this.#failStop, draining };
    this.#leading = new NodeLeading(deps, { ...life, heardChanges, changed: () => this.#changed() });
    this.#view = new NodeView({ ...life, self, clock, directory: this.#directory, leading: this.#leading });
    this.adjusting = new Adjuster({
      ...deps,
      clusterCache,
      leader: () => this.#leading.current,
      commitWaiters: this.#commitWaiters,
      pending: (counter) => counters.get(counter)?.pending ?? 0,
      links: () => links.shown,
      allowed: settings.allowed,
    });
    const leaderCheck = new LeaderCheck(deps.election);
    this.#leaderSession = new LeaderSession({
      ...this.#counting,
      self,
      clock,
      logger,
      draining,
      known: this.#known,
      heardChanges,
      checkLeader: (hello, authenticated, verdict) =>
        leaderCheck.check(hello, authenticated, (refusal) => this.#failStop.guard(() => verdict(refusal), undefined)),
      durable: () => this.#view.durable,
      refusing: () => this.refusing(),
      active: () => this.#view.active,
      adopted: () => this.#changed(),
      leaderResigned: () => this.#leading.resigned(),
      leaderHeard: (epoch) => this.#leading.heard(epoch),
      leaderLost: (epoch) => this.#leading.lost(epoch),
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
    return this.#counting.heldLogs.all();
  }

  /** Takes over what earlier processes left in the data directory. Call before anything is served. Throws JournalError. */
  open(): void {
    this.#counting.heldLogs.open();
    this.#known.open([...this.#counting.heldLogs.all()].flatMap(({ log }) => log.firstOffer ?? []));
  }

  /** Joins the cluster. Call once the peer service and the pages can be reached. */
  join(): void {
    this.#deps.discovery.register(this.#deps.self);
    this.#leading.start();
    this.#directory?.start();
  }

  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void {
    this.#counting.hits.hit(counter, by, done);
  }

  hitEach(counters: readonly string[], done: (outcome: HitsOutcome) => void): void {
    this.#counting.hits.hitEach(counters, done);
  }

  refuses(counter: string, key: KeyId | null): boolean {
    const { hits, keyedHits } = this.#counting;
    return (key === null ? hits.refusal(counter) : keyedHits.refusal(counter, key)) !== null;
  }

  keyedHit(counter: string, by: number, key: KeyId, done: (outcome: KeyedOutcome) => void): void {
    this.#counting.keyedHits.hit(counter, by, key, done);
  }

  mark(counter: string, kind: PeriodKind, visitor: Visitor): void {
    this.#counting.marks.mark(counter, kind, visitor);
  }

  read(counter: string): CounterReading | undefined {
    return this.#counting.read(counter);
  }

  knows(counter: string): boolean {
    return this.#counting.counters.knows(counter);
  }

  complete(): boolean {
    return this.#counting.counters.complete;
  }

  catchingUp(): boolean {
    return this.#catchUp.isUnderWay(this.#deps.clock.monotonic());
  }

  list(after: string, limit: number): readonly CounterTotals[] {
    return this.#counting.counters.list(after, limit);
  }

  sum(): CommittedSum | null {
    return this.#counting.counters.sum();
  }

  history(counter: string): SecondsOfHits {
    return this.#counting.history.read(counter);
  }

  hitsByHour(counter: string, from: Hour, to: Hour): HitsByHour | "loading" | "upgrading" {
    return this.#counting.days.hitsByHour(counter, from, to);
  }

  busiest(day: Day): Promise<readonly CommittedTotal[] | null> {
    return this.#counting.days.busiest(day);
  }

  committed(receipt: Receipt, deadlineMs: number): Promise<boolean> {
    return this.#commitWaiters.wait(receipt, deadlineMs);
  }

  cluster(): ClusterView {
    return this.#view.cluster();
  }

  statistics(): Statistics {
    return this.#view.statistics();
  }

  watched(pages: number): void {
    this.#view.active = pages;
  }

  ready(): boolean {
    return !this.#draining && this.healthy();
  }

  healthy(): boolean {
    return !this.#failStop.halted;
  }

  refusing(): boolean {
    return this.#view.refusing;
  }

  /** Whether the pending hits are on disk, and so survive the end of this process. Checks the data directory now. */
  keepsHits(): boolean {
    if (!this.healthy()) return this.#deps.directory?.missing() === null;
    this.#directory?.check();
    return this.#view.durable;
  }

  #watch(directory: DataDirectory): DirectoryWatch {
    const { clock, logger } = this.#deps;
    const guard = (action: () => void) => this.#failStop.guard(action, undefined);
    const changed = () => this.#changed();
    return new DirectoryWatch({
      directory,
      heldLogs: this.#counting.heldLogs,
      known: this.#known,
      clock,
      logger,
      guard,
      changed,
    });
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
    this.#leading.announce(member, authenticated);
    return this.#leading.current !== null;
  }

  async hears(epoch: number): Promise<boolean> {
    return this.#leaderSession.hears(epoch) || this.#leading.isAlive(epoch);
  }

  getStatus(): PeerStatus {
    const takesRemains = this.ready() && this.#view.durable;
    return { nodeId: this.nodeId, known: this.#known.ref, takesRemains };
  }

  acceptHandoff(from: string, tails: readonly LogTail[], authenticated: boolean): HandoffReply {
    return this.#handoffReceiver.accept(from, tails, authenticated);
  }

  adjust(adjustment: Adjustment): Promise<AdjustmentOutcome> {
    return this.#leading.adjust(adjustment);
  }

  /** Leaves the cluster, if possible with all hits committed or handed off. `beforeRefusing` is called just before hits are refused. */
  async drain(beforeRefusing = () => {}): Promise<DrainReport> {
    this.#draining = true;
    this.#changed();
    const parts = { counting: this.#counting, leading: this.#leading, known: this.#known, failStop: this.#failStop };
    const keepsHits = () => this.keepsHits();
    return new Departure(this.#deps, { ...parts, directory: this.#directory, keepsHits }).leave(beforeRefusing);
  }

  #halt(reason: string): void {
    this.#counting.hits.halt();
    this.#counting.endOffers();
    this.#directory?.stop();
    this.#leading.stop();
    this.#leading.current?.resign();
    this.#leaderSession.stop(reason);
    this.#changed();
  }

  #changed(): void {
    const { copying, complete } = this.#counting.counters;
    this.#catchUp.update(copying, complete, this.#deps.clock.monotonic());
    const { store, storeDetail } = this.#counting.clusterCache.store;
    this.#storeStatusLog.heard(store, storeDetail, this.#leading.current !== null);
    this.#commitWaiters.settle();
    for (const listener of this.#listeners) listener();
  }
}
