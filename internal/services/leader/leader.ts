import { LedgerMismatch, refOf } from "../../core/ledger/ledger.ts";
import type { LedgerLimits } from "../../core/ledger/ledger_size.ts";
import type { Offer } from "../../core/ledger/loss_detection.ts";
import { type Retention, type RoundPlan, Rounds } from "../../core/ledger/rounds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Lease } from "../../ports/election.ts";
import type { Meter, RoundOutcome } from "../../ports/meter.ts";
import type { Answer, Peers, Welcome } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import type { Connection } from "./follower.ts";
import { Roster } from "./followers.ts";
import { type LeaderEnd, Tenure } from "./leadership.ts";
import { LedgerAccess } from "./ledger_access.ts";
import { Audience, type AudienceParts } from "./ledger_knowledge.ts";
import { type ClusterState, Publishing } from "./publisher.ts";
import { Refusals } from "./refused_batches.ts";
import { RoundLog } from "./round_log.ts";
import { Usefulness } from "./stall_detector.ts";
import { StoreCondition } from "./store_status.ts";
import { Roll } from "./waiting.ts";

export interface LeaderParts extends AudienceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly discovery: Discovery;
  /** This node, and those that the last leader spoke of: they stand until discovery answers. */
  readonly remembered: readonly Member[];
  /** The id of the ledger that somebody noted outside of the store, or null. */
  readonly recordedLedger: () => string | null;
  /** How often in a row this node has led in vain. */
  readonly vainTerms: number;
  readonly peers: Peers;
  readonly meter: Meter;
  readonly settings: LeaderSettings;
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
const ANSWER_SHARE = 0.5;
/** Nodes that do not answer at all delay the first round by this much at most, in milliseconds. */
const HELLO_PATIENCE = 500;

/** Leads: collect, plan, commit, publish, once an interval, for as long as its lease holds. */
export class Leader {
  readonly #parts: LeaderParts;
  readonly #lease: Lease;
  readonly #tenure: Tenure;
  readonly #term: { readonly epoch: number; readonly writer: string };
  readonly #roster: Roster;
  readonly #audience: Audience;
  readonly #refusals: Refusals;
  readonly #publishing: Publishing;
  readonly #access: LedgerAccess;
  /** Null while there is no ledger that may be written. */
  #rounds: Rounds | null = null;
  readonly #store: StoreCondition;
  readonly #usefulness: Usefulness;
  readonly #roll = new Roll<Connection>();
  readonly #roundLog: RoundLog;
  #currentAtWall = 0;
  #interval: number;
  /** A transaction's outcome is unknown; the next one's compare will tell, or, if nothing is left to commit, reading the ledger. */
  #unsettled = false;
  /** Rounds are numbered through a leadership, also when the ledger was read again. */
  #lastRound = 0;

  constructor(lease: Lease, parts: LeaderParts) {
    this.#roundLog = new RoundLog(parts.log, parts.clock, parts.meter);
    this.#parts = { ...parts, meter: this.#roundLog.meter };
    this.#lease = lease;
    this.#term = { epoch: lease.epoch, writer: parts.random.id() };
    this.#tenure = new Tenure(lease, parts.clock, (error) => this.#storeTrouble(error));
    this.#usefulness = new Usefulness(parts.clock.monotonic(), parts.vainTerms);
    this.#store = new StoreCondition(parts.log);
    this.#interval = parts.settings.interval;
    this.#publishing = new Publishing(parts.settings.limits);
    this.#access = new LedgerAccess(parts.store, this.#term, () => parts.random.id(), parts.recordedLedger);
    this.#roster = new Roster(parts.discovery, parts.remembered, parts.log, {
      peers: parts.peers,
      clock: parts.clock,
      welcome: () => this.#welcome(),
      heard: (connection) => this.#greeted(connection),
      answered: (connection, answer) => this.#answered(connection, answer),
      closed: (connection, reason) => this.#lostConnection(connection, reason),
    });
    this.#audience = new Audience(this.#roster, parts);
    this.#refusals = new Refusals(parts.log, parts.meter, (id) => this.#audience.nameOf(id));
  }

  /** Leads until it may or should not any more, then gives up the key. */
  async run(): Promise<LeaderEnd> {
    const { clock, log } = this.#parts;
    log.info("leads", { epoch: this.#lease.epoch });
    let ended = this.#tenure.ended;
    for (; !ended; ended = this.#tenure.ended) {
      const start = clock.monotonic();
      this.#roundLog.begin();
      await this.#round();
      this.#roundLog.end();
      await this.#tenure.rest(start + this.#interval);
    }
    await this.#lease.resign();
    for (const connection of this.#roster.all()) connection.send({ kind: "resigned" });
    this.#roster.close();
    this.#parts.discovery.rest();
    log.info("leads no more", { epoch: this.#lease.epoch, why: this.#tenure.why });
    return ended;
  }

  /** Ends the leadership after the round that is under way. */
  resign(): void {
    this.#tenure.end("resigned", "this node leaves");
  }

  knock(member: Member): void {
    this.#roster.knock(member);
  }

  /** Nodes other than this one, as far as they have been heard. */
  others(): { readonly draining: boolean; readonly drained: boolean }[] {
    const reports = this.#roster.all().filter(({ ready, member }) => ready && member.id !== this.#parts.self.id);
    return reports.flatMap(({ report }) => (report ? [report] : []));
  }

  async #round(): Promise<void> {
    if (!(await this.#tenure.renew())) return;
    await this.#roster.refresh();
    if (!this.#rounds || this.#roster.all().some(({ foreign }) => foreign)) await this.#open();
    if (this.#tenure.ended) return;
    if (this.#rounds) await this.#collectAndCommit(this.#rounds);
    this.#publish();
    this.#considerUsefulness();
  }

  async #open(offers: readonly Offer[] = []): Promise<void> {
    await this.#helloPatience();
    try {
      const access = await this.#access.open(this.#audience.witness(offers), this.#audience.everyoneTried);
      if (access.kind === "deposed") this.#tenure.end("deposed", "another node leads");
      else if (access.kind === "shut") this.#store.set(access.state, access.detail);
      else this.#opened(access.ledger, access.headRevision);
    } catch (error) {
      this.#storeTrouble(error);
    }
  }

  #opened(ledger: Rounds["ledger"], headRevision: number): void {
    this.#currentAtWall = this.#parts.clock.wall();
    this.#store.wasRead();
    if (!this.#isAt(ledger, headRevision)) this.#begin(ledger, headRevision);
    this.#audience.noteForeigners(this.#rounds?.ledger);
  }

  /** A ledger that did not move is gone on with: what is waited for, like a source's silence, is waited for in one leadership's memory. */
  #isAt({ id, version }: Rounds["ledger"], headRevision: number): boolean {
    const rounds = this.#rounds;
    return rounds?.headRevision === headRevision && rounds.ledger.id === id && rounds.ledger.version === version;
  }

  #begin(ledger: Rounds["ledger"], headRevision: number): void {
    const { settings, clock } = this.#parts;
    this.#rounds = new Rounds(this.#term, ledger, headRevision, settings.limits, settings.retention, clock.monotonic());
    this.#rounds.round = this.#lastRound;
    for (const connection of this.#roster.all()) connection.sentVersion = null;
  }

  async #collectAndCommit(rounds: Rounds): Promise<void> {
    await this.#timed("collect", () => this.#collect(rounds));
    const offers = this.#audience.named(rounds.contradictions());
    if (offers.length > 0 || this.#audience.isAheadOf(rounds.ledger)) return this.#reopen(offers);
    try {
      const plan = rounds.plan(this.#parts.clock.monotonic());
      this.#refusals.note(rounds.refused);
      if (plan) await this.#timed("commit", () => this.#commit(rounds, plan));
      else if (this.#unsettled) await this.#reread("idle");
      else this.#succeeded("idle");
    } catch (error) {
      if (!(error instanceof LedgerMismatch)) throw error;
      this.#rounds = null;
      this.#store.set("corrupt", error.message);
      this.#parts.meter.round("corrupt");
    }
  }

  async #collect(rounds: Rounds): Promise<void> {
    const { clock, settings } = this.#parts;
    const collect = {
      kind: "collect",
      epoch: rounds.epoch,
      round: rounds.begin(),
      ledger: refOf(rounds.ledger),
    } as const;
    const asked = this.#roster.ready();
    this.#lastRound = rounds.round;
    const answers = this.#roll.call(asked, settings.interval * ANSWER_SHARE, clock);
    for (const connection of asked) connection.send(collect);
    await answers;
    this.#roundLog.collected(rounds.round, asked.length, rounds.answered);
  }

  async #commit(rounds: Rounds, plan: RoundPlan): Promise<void> {
    if (!this.#tenure.holds()) return;
    const since = rounds.ledger.version;
    try {
      const outcome = await this.#parts.store.commit(rounds.epoch, rounds.headRevision, plan.puts);
      this.#unsettled = false;
      if (outcome.kind === "committed") {
        this.#roundLog.committed(rounds.ledger, plan);
        rounds.settle(plan, outcome.headRevision, this.#parts.clock.monotonic());
        this.#publishing.committed(rounds, since, plan.draft.changed);
        this.#interval = Math.max(
          this.#parts.settings.interval,
          (plan.bytes / this.#parts.settings.writeBudget) * 1000,
        );
        this.#succeeded("committed");
      } else if (outcome.leader?.epoch !== rounds.epoch) this.#tenure.end("deposed", "another node leads");
      else await this.#reread("refused");
    } catch (error) {
      this.#storeTrouble(error);
    }
  }

  /** The ledger moved under this leader: it is read again, and the answers that were planned on the old one are not used (H36). */
  async #reread(outcome: RoundOutcome): Promise<void> {
    this.#parts.meter.round(outcome);
    this.#unsettled = false;
    this.#rounds = null;
    await this.#open();
  }

  /** A node has seen more of the ledger than this leader: either another leader wrote, or the store was restored. */
  async #reopen(offers: readonly Offer[]): Promise<void> {
    this.#rounds = null;
    await this.#open(offers);
    if (!this.#rounds && this.#store.state === "lost") this.#parts.meter.round("store_lost");
  }

  #succeeded(outcome: "committed" | "idle"): void {
    this.#parts.meter.round(outcome);
    this.#usefulness.did(this.#parts.clock.monotonic());
    this.#currentAtWall = this.#parts.clock.wall();
    this.#store.set("ok", "");
  }

  #publish(): void {
    const state = this.#state();
    if (this.#tenure.ended || state === null) return;
    const start = this.#parts.clock.monotonic();
    const told = this.#roster
      .all()
      .filter((connection) => connection.ready && this.#audience.mayBeTold(connection, this.#rounds?.ledger));
    this.#publishing.publish(state, this.#rounds, told, this.#roster.all());
    this.#parts.meter.stage("publish", (this.#parts.clock.monotonic() - start) / 1000);
  }

  /** Null before it knows how the store is: until then nodes go on with what they heard last. */
  #state(): ClusterState | null {
    const { self } = this.#parts;
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

  #welcome(): Welcome {
    const ledger = this.#rounds?.ledger;
    const adopted = ledger?.adoptions.map((adoption) => adoption.ledger) ?? [];
    return {
      kind: "welcome",
      leader: this.#parts.self.id,
      epoch: this.#lease.epoch,
      ledger: ledger ? refOf(ledger) : null,
      adopted,
    };
  }

  #greeted(connection: Connection): void {
    this.#audience.noteForeigners(this.#rounds?.ledger);
    const state = this.#state();
    if (state !== null && this.#audience.mayBeTold(connection, this.#rounds?.ledger))
      this.#publishing.welcome(state, this.#rounds, connection, this.#roster.all().length);
    this.#roll.answered(connection);
  }

  #answered(connection: Connection, answer: Answer): void {
    if (this.#rounds?.accept(connection.member.id, answer, this.#parts.clock.monotonic()))
      this.#roll.answered(connection);
  }

  #lostConnection(connection: Connection, reason: string): void {
    const { name: node, peerAddress: address } = connection.member;
    // A node that died stays listed for a while, and is dialled again and again.
    if (connection.failures === 1) this.#parts.log.info("lost the stream to a node", { node, address, reason });
    this.#roll.answered(connection);
  }

  /** Lets every node that is listed say hello, or fail to, before the ledger is judged. */
  async #helloPatience(): Promise<void> {
    const untried = this.#roster.all().filter(({ tried }) => !tried);
    await this.#roll.call(untried, HELLO_PATIENCE, this.#parts.clock);
  }

  async #timed(stage: "collect" | "commit", action: () => Promise<void>): Promise<void> {
    const start = this.#parts.clock.monotonic();
    await action();
    this.#parts.meter.stage(stage, (this.#parts.clock.monotonic() - start) / 1000);
  }

  #storeTrouble(error: unknown): void {
    const outcome = this.#store.trouble(error);
    if (outcome === "unknown") this.#unsettled = true;
    this.#parts.meter.round(outcome);
  }

  /** Not while the store is full, where no new lease could be granted, nor while it is lost, where another leader could do no more. */
  #considerUsefulness(): void {
    const now = this.#parts.clock.monotonic();
    const { state } = this.#store;
    if (state === "full" || state === "lost" || state === "corrupt") this.#usefulness.did(now);
    const all = this.#roster.all();
    this.#usefulness.saw(all.filter(({ ready }) => ready).length, all.length, now);
    const trouble = this.#usefulness.trouble(now);
    if (trouble !== null) this.#tenure.end("useless", trouble);
  }
}
