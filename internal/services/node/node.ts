import type { Remains } from "../../core/batch.ts";
import type { ClusterView, NodeRow } from "../../core/cluster_view.ts";
import { HitHistory, type SecondsOfHits } from "../../core/hit_history.ts";
import type { CounterTotals } from "../../core/snapshot.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CounterReading, Counting, HitOutcome, Receipt, Statistics } from "../../ports/counting.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import type { Election, Lease } from "../../ports/election.ts";
import { type DataDirectory, JournalError } from "../../ports/journal.ts";
import type { Log } from "../../ports/log.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Greeting, HandOverAnswer, NodeStream, NodeStreamEvents, PeerService, Peers } from "../../ports/peers.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import { ClusterPicture } from "../counter/cluster_picture.ts";
import { Collection } from "../counter/collection.ts";
import { DirectoryWatch } from "../counter/directory_watch.ts";
import { Hits } from "../counter/hits.ts";
import { Holdings } from "../counter/holdings.ts";
import type { HeldLog } from "../counter/journaled_log.ts";
import { KnownLedger } from "../counter/known_ledger.ts";
import { withOwnRow } from "../counter/own_row.ts";
import { Tallies } from "../counter/tallies.ts";
import { Leader, type LeaderSettings } from "../leader/leader.ts";
import { Campaigning } from "./campaigning.ts";
import { Drain, type DrainReport, type DrainSettings } from "./drain.ts";
import { StoreNews } from "./store_news.ts";

export interface NodeParts {
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
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
const USELESS_PAUSE = 10_000;

/** One counter process: it takes hits, answers leaders, and leads when it is its turn. */
export class Node implements Counting, PeerService {
  readonly #parts: NodeParts;
  readonly #tallies: Tallies;
  readonly #history = new HitHistory();
  readonly #holdings: Holdings;
  readonly #hits: Hits;
  readonly #picture: ClusterPicture;
  readonly #known: KnownLedger;
  readonly #collection: Collection;
  readonly #campaigning: Campaigning;
  readonly #storeNews: StoreNews;
  /** Null: memory only. */
  readonly #directory: DirectoryWatch | null;
  readonly #listeners = new Set<() => void>();
  readonly #waiters = new Set<Waiter>();
  #leader: Leader | null = null;
  /** How often in a row this node has led in vain. */
  #vainTerms = 0;
  #active = 0;
  #draining = false;

  constructor(parts: NodeParts) {
    const { clock, random, log, directory, self, settings, peers } = parts;
    this.#parts = parts;
    this.#tallies = new Tallies(self.region);
    this.#holdings = new Holdings({ directory, random, region: self.region, tallies: this.#tallies, log });
    this.#hits = new Hits({ holdings: this.#holdings, tallies: this.#tallies, clock, log, allowed: settings.allowed });
    this.#picture = new ClusterPicture(clock);
    this.#storeNews = new StoreNews(log);
    this.#known = new KnownLedger(directory, clock, log);
    const [holdings, known] = [this.#holdings, this.#known];
    const changed = () => this.#changed();
    this.#directory = directory && new DirectoryWatch({ directory, holdings, known, clock, log, changed });
    const draining = () => this.#draining;
    this.#collection = new Collection({
      self,
      clock,
      log,
      draining,
      history: this.#history,
      holdings: this.#holdings,
      hits: this.#hits,
      tallies: this.#tallies,
      picture: this.#picture,
      known: this.#known,
      durable: () => this.#durable,
      refusing: () => this.refusing(),
      active: () => this.#active,
      adopted: () => this.#changed(),
      leaderResigned: () => this.#campaigning.leaderResigned(),
    });
    this.#campaigning = new Campaigning({
      self,
      clock,
      random,
      log,
      peers,
      draining,
      election: parts.election,
      picture: this.#picture,
      interval: settings.leader.interval,
      lead: (lease) => this.#lead(lease),
      changed: () => this.#changed(),
    });
  }

  get nodeId(): string {
    return this.#parts.self.id;
  }

  get name(): string {
    return this.#parts.self.name;
  }

  /** Takes up what earlier lives left, before anything is served. Throws JournalError. */
  open(): void {
    this.#holdings.open();
    this.#known.open([...this.#holdings.all()].flatMap(({ log }) => log.note ?? []));
  }

  /** Joins the cluster. Call when the peer service and the pages can be reached. */
  join(): void {
    this.#parts.discovery.register(this.#parts.self);
    this.#campaigning.start();
    this.#directory?.start();
  }

  hit(counter: string, by: number, done: (outcome: HitOutcome) => void): void {
    this.#hits.hit(counter, by, done);
  }

  read(counter: string): CounterReading | undefined {
    const tally = this.#tallies.get(counter);
    if (!tally) return undefined;
    const { ledger } = this.#tallies;
    const { regions, pending } = tally;
    const asOf = ledger ? this.#picture.view(null).asOf : null;
    if (!ledger) return { counter, value: null, committed: null, pending, regions, version: null, asOf };
    const value = tally.committed + BigInt(pending);
    return { counter, value, committed: tally.committed, pending, regions, version: ledger.version, asOf };
  }

  list(after: string, limit: number): readonly CounterTotals[] {
    return this.#tallies.list(after, limit);
  }

  history(counter: string): SecondsOfHits {
    return this.#history.read(counter);
  }

  async committed(receipt: Receipt, deadlineMs: number): Promise<boolean> {
    const held = [...this.#holdings.all()].find(({ log }) => log.id === receipt.source);
    if (!held || held.log.shown >= receipt.offset) return held !== undefined;
    return new Promise((resolve) => {
      const waiter: Waiter = { held, offset: receipt.offset, resolve };
      this.#waiters.add(waiter);
      this.#parts.clock.after(deadlineMs, () => this.#settle(waiter, false));
    });
  }

  cluster(): ClusterView {
    return withOwnRow(this.#picture.view(this.#tallies.ledger), this.#ownRow(), this.#leader !== null);
  }

  #ownRow(): NodeRow {
    const { self, clock } = this.#parts;
    const { accepted: hits, committed, pending, active } = this.statistics();
    const state = this.#draining ? "draining" : this.refusing() ? "refusing" : "counting";
    return { ...self, state, hits, committed, pending, active, heardAt: clock.wall(), durable: this.#durable };
  }

  statistics(): Statistics {
    const { currentAt } = this.#picture;
    return {
      accepted: this.#hits.accepted,
      committed: this.#hits.committed,
      pending: this.#holdings.pending,
      active: this.#active,
      leading: this.#leader !== null,
      journalErrors: this.#holdings.journalErrors,
      directoryLosses: this.#directory?.losses ?? 0,
      indeterminate: this.#holdings.indeterminate,
      snapshotAge: currentAt === null ? null : (this.#parts.clock.monotonic() - currentAt) / 1000,
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
    return this.#collection.accept(stream);
  }

  knock(member: Member, leader: string): boolean {
    if (leader !== "" && leader !== this.nodeId) return false;
    this.#leader?.knock(member);
    return this.#leader !== null;
  }

  greet(): Greeting {
    const takesRemains = !this.#draining && this.#durable;
    return { nodeId: this.nodeId, known: this.#known.ref, takesRemains };
  }

  takeRemains(from: string, remains: readonly Remains[]): HandOverAnswer {
    if (this.#draining) return { taken: false, reason: "this node is draining itself" };
    if (!this.#parts.directory) return { taken: false, reason: "this node has no data directory to keep them in" };
    const known = this.#known.ref;
    if (!known) return { taken: false, reason: "this node has not heard of any ledger yet" };
    const foreign = remains.find(({ note }) => note.id !== known.id);
    if (foreign)
      return { taken: false, reason: `they belong to ledger ${foreign.note.id}, this node counts for ${known.id}` };
    try {
      for (const log of remains) this.#holdings.carry(log);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return { taken: false, reason: error.message };
    }
    this.#parts.log.info("carries hits of a node that leaves", { node: from, logs: remains.length });
    return { taken: true };
  }

  /** Leaves the cluster with nothing left behind, if that can be done in time. `beforeRefusing` is called just before hits are refused. */
  async drain(beforeRefusing = () => {}): Promise<DrainReport> {
    this.#draining = true;
    this.#changed();
    this.#parts.log.info("drains", { pending: this.#holdings.pending });
    const { self, clock, random, log, peers, discovery, settings } = this.#parts;
    const shared = {
      self,
      clock,
      random,
      log,
      peers,
      discovery,
      hits: this.#hits,
      holdings: this.#holdings,
      picture: this.#picture,
    };
    const left = await new Drain({ ...shared, leader: () => this.#leader, settings: settings.drain }).run(
      beforeRefusing,
    );
    this.#campaigning.stop();
    this.#known.save();
    await this.#parts.discovery.withdraw();
    this.#directory?.stop();
    const report = { ...left, kept: this.keepsHits() };
    if (report.left > 0) log.error(leftWith(report), { hits: report.left });
    else log.info("drained", { handedOver: report.handedOver || undefined });
    return report;
  }

  async #lead(lease: Lease): Promise<number> {
    const { settings, ...parts } = this.#parts;
    this.#leader = new Leader(lease, {
      ...parts,
      vainTerms: this.#vainTerms,
      remembered: [...this.#picture.rows(), parts.self],
      known: () => this.#known.ref,
      lineage: () => this.#tallies.adoptions,
      seen: () => this.#tallies.seen(),
      settings: settings.leader,
    });
    const end = await this.#leader.run();
    this.#leader = null;
    this.#vainTerms = end === "useless" ? this.#vainTerms + 1 : 0;
    this.#changed();
    return end === "useless" || this.#draining ? USELESS_PAUSE : 0;
  }

  #changed(): void {
    const { store, storeDetail } = this.#picture.store;
    this.#storeNews.heard(store, storeDetail, this.#leader !== null);
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
