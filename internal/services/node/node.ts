import type { ClusterView, NodeRow } from "../../core/cluster/cluster_view.ts";
import { HitHistory, type SecondsOfHits } from "../../core/cluster/hit_history.ts";
import type { CounterTotals } from "../../core/ledger/snapshot.ts";
import type { LogTail } from "../../core/log/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CounterReading, Counting, HitOutcome, Receipt, Statistics } from "../../ports/counting.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Election, Lease } from "../../ports/election.ts";
import { type DataDirectory, JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";
import type { HandoffReply, NodeStream, NodeStreamEvents, PeerService, PeerStatus, Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import { ClusterCache } from "../counter/cluster_cache.ts";
import { Counters } from "../counter/counters.ts";
import { DirectoryWatch } from "../counter/directory_watch.ts";
import type { HeldLog } from "../counter/held_log.ts";
import { HeldLogs } from "../counter/held_logs.ts";
import { Hits } from "../counter/hits.ts";
import { KnownLedger } from "../counter/known_ledger.ts";
import { LeaderSession } from "../counter/leader_session.ts";
import { withOwnRow } from "../counter/own_row.ts";
import { Leader, type LeaderSettings } from "../leader/leader.ts";
import { Candidate } from "./candidate.ts";
import { Drain, type DrainReport, type DrainSettings } from "./drain.ts";
import { StoreStatusLog } from "./store_status_log.ts";

export interface NodeDeps {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
  readonly election: Election;
  readonly discovery: Discovery;
  /** The id of the ledger that somebody noted outside of the store, or null. */
  readonly recordedLedger: () => string | null;
  readonly peers: Peers;
  /** Null: memory only. */
  readonly directory: DataDirectory | null;
  readonly meter: Meter;
  readonly settings: NodeSettings;
}

export interface NodeSettings {
  readonly leader: LeaderSettings;
  readonly drain: DrainSettings;
  /** The only counters that may exist; null: any. */
  readonly allowed: ReadonlySet<string> | null;
}

interface Waiter {
  readonly held: HeldLog;
  readonly offset: number;
  readonly resolve: (committed: boolean) => void;
}

/** A node that ends leads no more for this long when it got nothing done, in milliseconds. */
const UNPRODUCTIVE_PAUSE_MS = 10_000;

/** One counter process: it takes hits, answers leaders, and leads when it is its turn. */
export class Node implements Counting, PeerService {
  readonly #deps: NodeDeps;
  readonly #counters: Counters;
  readonly #history = new HitHistory();
  readonly #heldLogs: HeldLogs;
  readonly #hits: Hits;
  readonly #clusterCache: ClusterCache;
  readonly #known: KnownLedger;
  readonly #leaderSession: LeaderSession;
  readonly #candidate: Candidate;
  readonly #storeStatusLog: StoreStatusLog;
  /** Null: memory only. */
  readonly #directory: DirectoryWatch | null;
  readonly #listeners = new Set<() => void>();
  readonly #waiters = new Set<Waiter>();
  #leader: Leader | null = null;
  /** How often in a row this node has led in vain. */
  #unproductiveTerms = 0;
  #active = 0;
  #draining = false;

  constructor(deps: NodeDeps) {
    const { clock, random, logger, directory, self, settings, peers } = deps;
    this.#deps = deps;
    this.#counters = new Counters(self.region);
    this.#heldLogs = new HeldLogs({ directory, random, region: self.region, counters: this.#counters, logger });
    this.#hits = new Hits({
      heldLogs: this.#heldLogs,
      counters: this.#counters,
      clock,
      logger,
      allowed: settings.allowed,
    });
    this.#clusterCache = new ClusterCache(clock);
    this.#storeStatusLog = new StoreStatusLog(logger);
    this.#known = new KnownLedger(directory, clock, logger);
    const [heldLogs, known] = [this.#heldLogs, this.#known];
    const changed = () => this.#changed();
    this.#directory = directory && new DirectoryWatch({ directory, heldLogs, known, clock, logger, changed });
    const draining = () => this.#draining;
    this.#leaderSession = new LeaderSession({
      self,
      clock,
      logger,
      draining,
      history: this.#history,
      heldLogs: this.#heldLogs,
      hits: this.#hits,
      counters: this.#counters,
      clusterCache: this.#clusterCache,
      known: this.#known,
      durable: () => this.#durable,
      refusing: () => this.refusing(),
      active: () => this.#active,
      adopted: () => this.#changed(),
      leaderResigned: () => this.#candidate.leaderResigned(),
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
      lead: (lease) => this.#lead(lease),
      changed: () => this.#changed(),
    });
  }

  get nodeId(): string {
    return this.#deps.self.id;
  }

  get name(): string {
    return this.#deps.self.name;
  }

  /** Takes up what earlier lives left, before anything is served. Throws JournalError. */
  open(): void {
    this.#heldLogs.open();
    this.#known.open([...this.#heldLogs.all()].flatMap(({ log }) => log.firstOffer ?? []));
  }

  /** Joins the cluster. Call when the peer service and the pages can be reached. */
  join(): void {
    this.#deps.discovery.register(this.#deps.self);
    this.#candidate.start();
    this.#directory?.start();
  }

  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void {
    this.#hits.hit(counter, by, done);
  }

  read(counter: string): CounterReading | undefined {
    const state = this.#counters.get(counter);
    if (!state) return undefined;
    const { ledger } = this.#counters;
    const { regions, pending } = state;
    const asOf = ledger ? this.#clusterCache.view(null).asOf : null;
    if (!ledger) return { counter, value: null, committed: null, pending, regions, version: null, asOf };
    const value = state.committed + BigInt(pending);
    return { counter, value, committed: state.committed, pending, regions, version: ledger.version, asOf };
  }

  list(after: string, limit: number): readonly CounterTotals[] {
    return this.#counters.list(after, limit);
  }

  history(counter: string): SecondsOfHits {
    return this.#history.read(counter);
  }

  async committed(receipt: Receipt, deadlineMs: number): Promise<boolean> {
    const held = [...this.#heldLogs.all()].find(({ log }) => log.id === receipt.source);
    if (!held || held.log.shown >= receipt.offset) return held !== undefined;
    return new Promise((resolve) => {
      const waiter: Waiter = { held, offset: receipt.offset, resolve };
      this.#waiters.add(waiter);
      this.#deps.clock.after(deadlineMs, () => this.#settle(waiter, false));
    });
  }

  cluster(): ClusterView {
    return withOwnRow(this.#clusterCache.view(this.#counters.ledger), this.#ownRow(), this.#leader !== null);
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
      leading: this.#leader !== null,
      journalErrors: this.#heldLogs.journalErrors,
      directoryLosses: this.#directory?.losses ?? 0,
      indeterminate: this.#heldLogs.indeterminate,
      snapshotAge: currentAt === null ? null : (this.#deps.clock.monotonic() - currentAt) / 1000,
    };
  }

  watched(pages: number): void {
    this.#active = pages;
  }

  ready(): boolean {
    return !this.#draining;
  }

  refusing(): boolean {
    return this.#directory !== null && this.#directory.missing !== null;
  }

  /** Whether what is pending here is on disk, and so survives the end of this process. Looks now. */
  keepsHits(): boolean {
    this.#directory?.check();
    return this.#durable;
  }

  get #durable(): boolean {
    return this.#directory !== null && !this.refusing();
  }

  onRound(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  accept(stream: NodeStream): NodeStreamEvents {
    return this.#leaderSession.accept(stream);
  }

  announce(member: Member, leader: string): boolean {
    if (leader !== "" && leader !== this.nodeId) return false;
    this.#leader?.announce(member);
    return this.#leader !== null;
  }

  getStatus(): PeerStatus {
    const takesRemains = !this.#draining && this.#durable;
    return { nodeId: this.nodeId, known: this.#known.ref, takesRemains };
  }

  acceptHandoff(from: string, remains: readonly LogTail[]): HandoffReply {
    if (this.#draining) return { taken: false, reason: "this node is draining itself" };
    if (!this.#deps.directory) return { taken: false, reason: "this node has no data directory to keep them in" };
    const known = this.#known.ref;
    if (!known) return { taken: false, reason: "this node has not heard of any ledger yet" };
    const foreign = remains.find(({ firstOffer }) => firstOffer.id !== known.id);
    if (foreign)
      return {
        taken: false,
        reason: `they belong to ledger ${foreign.firstOffer.id}, this node counts for ${known.id}`,
      };
    try {
      for (const log of remains) this.#heldLogs.carry(log);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return { taken: false, reason: error.message };
    }
    this.#deps.logger.info("carries hits of a node that leaves", { node: from, logs: remains.length });
    return { taken: true };
  }

  /** Leaves the cluster with nothing left behind, if that can be done in time. `beforeRefusing` is called just before hits are refused. */
  async drain(beforeRefusing = () => {}): Promise<DrainReport> {
    this.#draining = true;
    this.#changed();
    this.#deps.logger.info("drains", { pending: this.#heldLogs.pending });
    const { self, clock, random, logger, peers, discovery, settings } = this.#deps;
    const shared = {
      self,
      clock,
      random,
      logger: logger,
      peers,
      discovery,
      hits: this.#hits,
      heldLogs: this.#heldLogs,
      clusterCache: this.#clusterCache,
    };
    const left = await new Drain({ ...shared, leader: () => this.#leader, settings: settings.drain }).run(
      beforeRefusing,
    );
    this.#candidate.stop();
    this.#known.save();
    await this.#deps.discovery.withdraw();
    this.#directory?.stop();
    const report = { ...left, kept: this.keepsHits() };
    if (report.left > 0) logger.error(leftWith(report), { hits: report.left });
    else logger.info("drained", { handedOver: report.handedOver || undefined });
    return report;
  }

  async #lead(lease: Lease): Promise<number> {
    const { settings, ...parts } = this.#deps;
    this.#leader = new Leader(lease, {
      ...parts,
      unproductiveTerms: this.#unproductiveTerms,
      remembered: [...this.#clusterCache.rows(), parts.self],
      known: () => this.#known.ref,
      lineage: () => this.#counters.adoptions,
      seen: () => this.#counters.seen(),
      settings: settings.leader,
    });
    const end = await this.#leader.run();
    this.#leader = null;
    this.#unproductiveTerms = end === "unproductive" ? this.#unproductiveTerms + 1 : 0;
    this.#changed();
    return end === "unproductive" || this.#draining ? UNPRODUCTIVE_PAUSE_MS : 0;
  }

  #changed(): void {
    const { store, storeDetail } = this.#clusterCache.store;
    this.#storeStatusLog.heard(store, storeDetail, this.#leader !== null);
    for (const waiter of this.#waiters) if (waiter.held.log.shown >= waiter.offset) this.#settle(waiter, true);
    for (const listener of this.#listeners) listener();
  }

  #settle(waiter: Waiter, committed: boolean): void {
    if (this.#waiters.delete(waiter)) waiter.resolve(committed);
  }
}

function leftWith({ kept }: DrainReport): string {
  const where = kept ? "they stay in the journal" : "no journal has them: they are lost";
  return `left with hits that are not committed; ${where}`;
}
