import { BrokenInvariant } from "../../core/invariant.ts";
import { LedgerMismatch, positionOf } from "../../core/ledger/ledger.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import type { NodeOffer } from "../../core/ledger/loss_detection.ts";
import { type Retention, type RoundPlan, Rounds } from "../../core/ledger/rounds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Lease } from "../../ports/election.ts";
import type { Meter, RoundOutcome } from "../../ports/meter.ts";
import type { CollectReply, LeaderHello, Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import { CopiedLogs } from "./copied_logs.ts";
import type { Follower } from "./follower.ts";
import { Followers } from "./followers.ts";
import { type LeaderEnd, Leadership } from "./leadership.ts";
import { LedgerAccess } from "./ledger_access.ts";
import { LedgerKnowledge, type LedgerKnowledgeDeps } from "./ledger_knowledge.ts";
import { type ClusterState, Publisher } from "./publisher.ts";
import { RefusedBatches } from "./refused_batches.ts";
import { ReplyBarrier } from "./reply_barrier.ts";
import { RoundLog } from "./round_log.ts";
import { StallDetector } from "./stall_detector.ts";
import { StoreStatus } from "./store_status.ts";
import { UncountedHits } from "./uncounted_hits.ts";

export interface LeaderDeps extends LedgerKnowledgeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly discovery: Discovery;
  /** This node, and those that the last leader spoke of: they stand until discovery answers. */
  readonly remembered: readonly Member[];
  /** The id of the ledger that somebody noted outside of the store, or null. */
  readonly recordedLedger: () => string | null;
  /** How often in a row this node has led in vain. */
  readonly unproductiveTerms: number;
  readonly peers: Peers;
  readonly meter: Meter;
  readonly settings: LeaderSettings;
  /** Called when this leader's state contradicts itself. */
  readonly halt: (error: BrokenInvariant) => void;
}

export interface LeaderSettings {
  /** Milliseconds between rounds. */
  readonly interval: number;
  /** Bytes per second that rounds may write; larger rounds stretch the interval. */
  readonly writeBudget: number;
  readonly limits: LedgerLimits;
  readonly retention: Retention;
}

/** A collect waits this share of the interval for answers; those that come later are asked again. */
const REPLY_SHARE = 0.5;
/** Nodes that do not answer at all delay the first round by this much at most, in milliseconds. */
const HELLO_TIMEOUT_MS = 500;

/** Leads: collect, plan, commit, publish, once an interval, for as long as its lease holds. */
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
  /** Null while there is no ledger that may be written. */
  #rounds: Rounds | null = null;
  readonly #store: StoreStatus;
  readonly #stallDetector: StallDetector;
  readonly #replies = new ReplyBarrier<Follower>();
  readonly #roundLog: RoundLog;
  #currentAtWall = 0;
  #interval: number;
  /** A transaction's outcome is unknown; the next one's compare will tell, or, if nothing is left to commit, reading the ledger. */
  #unsettled = false;
  /** Rounds are numbered through a leadership, also when the ledger was read again. */
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
    this.#publisher = new Publisher(deps.settings.limits);
    this.#access = new LedgerAccess(deps.store, this.#term, () => deps.random.id(), deps.recordedLedger);
    this.#followers = new Followers(deps.discovery, deps.remembered, deps.logger, {
      peers: deps.peers,
      clock: deps.clock,
      leaderHello: () => this.#leaderHello(),
      saidHello: (follower) => this.#saidHello(follower),
      replied: (follower, answer) => this.#replied(follower, answer),
      closed: (follower, reason) => this.#lostConnection(follower, reason),
    });
    this.#knowledge = new LedgerKnowledge(this.#followers, deps);
    const nameOf = (id: string) => this.#knowledge.nameOf(id);
    this.#refusedBatches = new RefusedBatches(deps.logger, deps.meter, nameOf);
    this.#copiedLogs = new CopiedLogs(deps.logger, deps.meter, nameOf);
    this.#uncountedHits = new UncountedHits(deps.logger, nameOf);
  }

  /** Leads until it may or should not any more, then gives up the key. */
  async run(): Promise<LeaderEnd> {
    const { clock, logger } = this.#deps;
    logger.info("leads", { epoch: this.#lease.epoch });
    let ended = this.#leadership.ended;
    for (; !ended; ended = this.#leadership.ended) {
      const start = clock.monotonic();
      this.#roundLog.begin();
      await this.#guardedRound();
      this.#roundLog.end();
      await this.#leadership.rest(start + this.#interval);
    }
    await this.#lease.resign();
    for (const follower of this.#followers.all()) follower.send({ kind: "resigned" });
    this.#followers.close();
    this.#deps.discovery.rest();
    logger.info("leads no more", { epoch: this.#lease.epoch, why: this.#leadership.why });
    return ended;
  }

  /** Ends the leadership after the round that is under way. */
  resign(): void {
    this.#leadership.end("resigned", "this node leaves");
  }

  announce(member: Member): void {
    this.#followers.announce(member);
  }

  /** Nodes other than this one, as far as they have been heard. */
  others(): { readonly draining: boolean; readonly drained: boolean }[] {
    const reports = this.#followers.all().filter(({ ready, member }) => ready && member.id !== this.#deps.self.id);
    return reports.flatMap(({ report }) => (report ? [report] : []));
  }

  /** A leader whose state contradicts itself must not commit again: it resigns, and its node halts. */
  async #guardedRound(): Promise<void> {
    try {
      await this.#round();
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      this.#leadership.end("resigned", error.message);
      this.#deps.halt(error);
    }
  }

  async #round(): Promise<void> {
    if (!(await this.#leadership.renew())) return;
    await this.#followers.refresh();
    if (!this.#rounds || this.#followers.all().some(({ foreign }) => foreign)) await this.#open();
    if (this.#leadership.ended) return;
    if (this.#rounds) await this.#collectAndCommit(this.#rounds);
    this.#publish();
    this.#resignIfStalled();
  }

  async #open(offers: readonly NodeOffer[] = []): Promise<void> {
    await this.#awaitHellos();
    try {
      const access = await this.#access.open(this.#knowledge.evidence(offers), this.#knowledge.everyoneTried);
      if (access.kind === "superseded") this.#leadership.end("superseded", "another node leads");
      else if (access.kind === "shut") this.#store.set(access.state, access.detail);
      else this.#opened(access.ledger, access.headRevision);
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  #opened(ledger: Rounds["ledger"], headRevision: number): void {
    this.#currentAtWall = this.#deps.clock.wall();
    this.#store.wasRead();
    if (!this.#isAt(ledger, headRevision)) this.#begin(ledger, headRevision);
    this.#knowledge.markForeign(this.#rounds?.ledger);
  }

  /** A ledger that did not move is gone on with: what is waited for, like a source's silence, is waited for in one leadership's memory. */
  #isAt({ id, version }: Rounds["ledger"], headRevision: number): boolean {
    const rounds = this.#rounds;
    return rounds?.headRevision === headRevision && rounds.ledger.id === id && rounds.ledger.version === version;
  }

  #begin(ledger: Rounds["ledger"], headRevision: number): void {
    const { settings, clock } = this.#deps;
    this.#rounds = new Rounds(this.#term, ledger, headRevision, settings.limits, settings.retention, clock.monotonic());
    this.#rounds.round = this.#lastRound;
    for (const follower of this.#followers.all()) follower.sentVersion = null;
  }

  async #collectAndCommit(rounds: Rounds): Promise<void> {
    await this.#timed("collect", () => this.#collect(rounds));
    const offers = this.#knowledge.named(rounds.contradictions());
    if (offers.length > 0 || this.#knowledge.isAheadOf(rounds.ledger)) return this.#reopen(offers);
    try {
      const plan = rounds.plan(this.#deps.clock.monotonic());
      this.#refusedBatches.note(rounds.refused);
      if (plan) await this.#timed("commit", () => this.#commit(rounds, plan));
      else if (this.#unsettled) await this.#reread("idle");
      else this.#succeeded("idle");
    } catch (error) {
      if (!(error instanceof LedgerMismatch)) throw error;
      this.#rounds = null;
      this.#store.set("corrupt", error.message);
      this.#deps.meter.round("corrupt");
    }
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
    const answers = this.#replies.wait(asked, settings.interval * REPLY_SHARE, clock);
    for (const follower of asked) follower.send(collect);
    await answers;
    this.#roundLog.collected(rounds.round, asked.length, rounds.answered);
  }

  async #commit(rounds: Rounds, plan: RoundPlan): Promise<void> {
    if (!this.#leadership.holds()) return;
    const since = rounds.ledger.version;
    try {
      const outcome = await this.#deps.store.commit(rounds.epoch, rounds.headRevision, plan.puts);
      this.#unsettled = false;
      if (outcome.kind === "committed") {
        this.#roundLog.committed(rounds.ledger, plan);
        rounds.settle(plan, outcome.headRevision, this.#deps.clock.monotonic());
        this.#publisher.committed(rounds, since, plan.draft.changed);
        this.#interval = Math.max(this.#deps.settings.interval, (plan.bytes / this.#deps.settings.writeBudget) * 1000);
        this.#succeeded("committed");
      } else if (outcome.leader?.epoch !== rounds.epoch) this.#leadership.end("superseded", "another node leads");
      else await this.#reread("refused");
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  /** The ledger moved under this leader: it is read again, and the answers that were planned on the old one are not used (H36). */
  async #reread(outcome: RoundOutcome): Promise<void> {
    this.#deps.meter.round(outcome);
    this.#unsettled = false;
    this.#rounds = null;
    await this.#open();
  }

  /** A node has seen more of the ledger than this leader: either another leader wrote, or the store was restored. */
  async #reopen(offers: readonly NodeOffer[]): Promise<void> {
    this.#rounds = null;
    await this.#open(offers);
    if (!this.#rounds && this.#store.state === "lost") this.#deps.meter.round("store_lost");
  }

  #succeeded(outcome: "committed" | "idle"): void {
    this.#deps.meter.round(outcome);
    this.#stallDetector.progressed(this.#deps.clock.monotonic());
    this.#currentAtWall = this.#deps.clock.wall();
    this.#store.set("ok", "");
  }

  #publish(): void {
    const state = this.#state();
    if (this.#leadership.ended || state === null) return;
    const start = this.#deps.clock.monotonic();
    const told = this.#followers
      .all()
      .filter((follower) => follower.ready && this.#knowledge.maySend(follower, this.#rounds?.ledger));
    this.#publisher.publish(state, this.#rounds, told, this.#followers.all());
    this.#deps.meter.stage("publish", (this.#deps.clock.monotonic() - start) / 1000);
  }

  /** Null before it knows how the store is: until then nodes go on with what they heard last. */
  #state(): ClusterState | null {
    const { self } = this.#deps;
    const { state: store, detail: storeDetail } = this.#store;
    if (store === null) return null;
    return {
      leader: self.id,
      epoch: this.#lease.epoch,
      store,
      storeDetail,
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
      this.#publisher.greet(state, this.#rounds, follower, this.#followers.all().length);
    this.#replies.replied(follower);
  }

  #replied(follower: Follower, answer: CollectReply): void {
    const { id } = follower.member;
    if (!this.#rounds?.accept(id, answer, this.#deps.clock.monotonic())) return;
    this.#copiedLogs.replied(id, answer, answer.round);
    this.#uncountedHits.heard(id, answer.indeterminate);
    this.#replies.replied(follower);
  }

  #lostConnection(follower: Follower, reason: string): void {
    const { name: node, peerAddress: address } = follower.member;
    // A node that died stays listed for a while, and is dialled again and again.
    if (follower.failures === 1) this.#deps.logger.info("lost the stream to a node", { node, address, reason });
    this.#replies.replied(follower);
  }

  /** Lets every node that is listed say hello, or fail to, before the ledger is judged. */
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
    const outcome = this.#store.failed(error);
    if (outcome === "unknown") this.#unsettled = true;
    this.#deps.meter.round(outcome);
  }

  /** Not while the store is full, where no new lease could be granted, nor while it is lost, where another leader could do no more. */
  #resignIfStalled(): void {
    const now = this.#deps.clock.monotonic();
    const { state } = this.#store;
    if (state === "full" || state === "lost" || state === "corrupt") this.#stallDetector.progressed(now);
    const all = this.#followers.all();
    this.#stallDetector.reached(all.filter(({ ready }) => ready).length, all.length, now);
    const trouble = this.#stallDetector.stallReason(now);
    if (trouble !== null) this.#leadership.end("unproductive", trouble);
  }
}
