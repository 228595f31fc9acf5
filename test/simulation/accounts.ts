import { hourAt } from "../../internal/core/days/hour.ts";
import type { KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { AdjustmentChange } from "../../internal/core/ledger/adjustment.ts";
import type { Ledger } from "../../internal/core/ledger/ledger.ts";
import type { LedgerPosition } from "../../internal/core/log/batch.ts";
import type { SourceLog } from "../../internal/core/log/source_log.ts";
import type { Visitor } from "../../internal/core/marks/mark.ts";
import type { PeriodKind } from "../../internal/core/marks/period.ts";
import type { AdjustmentOutcome } from "../../internal/ports/adjusting.ts";
import type { CounterValue, KeyedOutcome, Receipt } from "../../internal/ports/counting.ts";
import { AdjustBook } from "./adjust_book.ts";
import type { Facts } from "./facts.ts";
import { HitSet } from "./hit_set.ts";
import { HourBook } from "./hour_book.ts";
import { indeterminateReason } from "./indeterminate_reason.ts";
import { KeyedBook, type KeyedLog } from "./keyed_book.ts";
import { LedgerBook } from "./ledger_book.ts";
import { LogBook } from "./log_book.ts";
import { adoptedBy, type Life, type Machine } from "./machine.ts";
import { MarkBook } from "./mark_book.ts";
import { PageBook } from "./page_book.ts";
import type { SimDisk } from "./sim_disk.ts";
import type { SimStore } from "./sim_store.ts";
import { WaitBook } from "./wait_book.ts";
import type { World } from "./world.ts";

/** A history broke the contract. */
export class ContractBroken extends Error {
  override readonly name = "ContractBroken";
}

/** Hits that may be missing, and why. */
export interface Exception {
  readonly reason: string;
  readonly hits: ReadonlyMap<string, number>;
}

/** What the books say at the end of a history. */
export interface Balance {
  readonly acknowledged: number;
  /** Acknowledged hits that the ledger does not have, and those that may be missing. */
  readonly missing: number;
  readonly allowed: number;
  /** The allowed ones, by reason. */
  readonly excused: ReadonlyMap<string, number>;
  /** Hits that nodes report as indeterminate, by reason, whether the ledger has them or not. */
  readonly indeterminate: ReadonlyMap<string, number>;
}

/** The hits of a ledger that is not in the store any more. */
interface LostBranch {
  readonly hits: HitSet;
  readonly reason: string;
  /** Whether a node adopted a version of it afterwards: a snapshot was on its way. */
  adoptedLate: boolean;
}

/**
 * The books of a history. They know each acknowledged hit by its place in its log, who holds it at any time, and which version of the ledger
 * has counted it. So nothing is allowed to be missing but the very hits of which an event destroyed the last copy, and those that a node
 * reports as indeterminate for a reason that the history explains.
 */
export class Accounts {
  readonly #world: World;
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #logs = new LogBook();
  readonly #all = new HitSet();
  readonly #excused = new Map<string, HitSet>();
  readonly #lost: LostBranch[] = [];
  /** Hits whose last copy that would have stayed was destroyed: they end with the process that was leaving, and had handed them over. */
  readonly #doomed: { readonly hits: HitSet; readonly reason: string }[] = [];
  /** Logs that were on a disk when it was copied. */
  readonly #copied = new Set<string>();
  /** Why logs are indeterminate, each by the ledger that its node followed when it became so. */
  readonly #reasons = new WeakMap<SourceLog, string>();
  readonly #pages: PageBook;
  readonly ledgers: LedgerBook;
  readonly hours: HourBook;
  readonly keyed: KeyedBook;
  readonly adjusting: AdjustBook;
  readonly marks: MarkBook;
  readonly waits: WaitBook;
  readonly acknowledged = new Map<string, number>();
  readonly rounds = new Map<string, number>();
  refused = 0;
  /** True in stories that break an invariant on purpose. */
  toleratesHalts = false;
  #broken: ContractBroken | null = null;

  constructor(world: World, machines: ReadonlyMap<string, Machine>) {
    this.#world = world;
    this.#machines = machines;
    const broken = (how: string) => this.#break("books", how);
    this.keyed = new KeyedBook(broken);
    this.adjusting = new AdjustBook(broken);
    this.marks = new MarkBook(broken);
    this.hours = new HourBook(() => this.#clocks(), broken);
    const { keyed, adjusting, marks, hours } = this;
    this.ledgers = new LedgerBook(this.#logs, { keyed, adjusting, marks, hours }, broken);
    const facts: Facts = {
      logs: this.#logs,
      ledgers: this.ledgers,
      copied: this.#copied,
      lost: () => this.#lostHits(),
    };
    this.#pages = new PageBook(facts, broken);
    this.waits = new WaitBook(facts, broken);
  }

  /** A visitor's hit. `waitMs`: how long the request waits until it is committed; 0: not at all. */
  hit(name: string, life: Life, counter: string, by: number, waitMs = 0): void {
    life.node.hit(counter, by, (outcome) => {
      if (!outcome.accepted) return this.#refused(name, `${by} of ${counter}`, outcome.reason);
      const { receipt, value } = outcome;
      const log = this.#acknowledged(name, life, value, by, receipt);
      if (waitMs > 0) this.waits.wait(name, life, { log, receipt, by }, waitMs);
    });
  }

  /** One hit of each counter, all or none. They are next to each other in their log. */
  hitEach(name: string, life: Life, counters: readonly string[]): void {
    life.node.hitEach(counters, (outcome) => {
      if (!outcome.accepted) return this.#refused(name, `one of each of ${counters.join()}`, outcome.reason);
      const { source, offset } = outcome.receipt;
      for (const [at, value] of outcome.values.entries())
        this.#acknowledged(name, life, value, 1, { source, offset: offset - (counters.length - 1 - at) });
    });
  }

  /** Hours that the nodes' wall clocks show. */
  #clocks(): number[] {
    return [...this.#machines.values()].flatMap(({ life }) => (life ? [hourAt(life.clock.wall())] : []));
  }

  #refused(name: string, what: string, reason: string): void {
    this.refused++;
    this.#world.say(name, `refuses ${what}: ${reason}`);
  }

  #acknowledged(name: string, life: Life, { counter, value }: CounterValue, by: number, receipt: Receipt): string {
    this.acknowledged.set(counter, (this.acknowledged.get(counter) ?? 0) + by);
    const hour = this.#machines.get(name)?.disk?.old ? null : hourAt(life.clock.wall());
    const log = this.#logs.acknowledge(receipt, counter, by, hour);
    this.#all.add(log, receipt.offset - by, receipt.offset);
    this.#world.say(name, `acknowledges ${by} of ${counter}, shows ${value}`);
    this.#pages.acknowledged(name, life, { counter, by, log, to: receipt.offset, value });
    return log;
  }

  /** A visitor comes, to be counted once in the present day or hour. */
  visit(name: string, life: Life, counter: string, kind: PeriodKind, visitor: Visitor): void {
    const position = adoptedBy(life);
    const counts = position !== null && this.ledgers.at(position)?.ledger?.layout && !life.draining;
    this.#world.say(name, `sees ${visitor.address} of ${counter}, once a ${kind}`);
    this.marks.sees(life, counter, kind, visitor, counts ? position.id : null);
    life.node.mark(counter, kind, visitor);
  }

  /** A client's request with a key. `done` is called with its answer. */
  keyedHit(
    name: string,
    life: Life,
    request: { key: KeyId; counter: string; by: number },
    done: (outcome: KeyedOutcome) => void,
  ): void {
    const { key, counter, by } = request;
    const { isNew, ...sent } = this.keyed.sends(key, counter, by);
    const hour = hourAt(life.clock.wall());
    if (isNew) this.#logs.acknowledge({ source: sent.log, offset: by }, counter, by, hour);
    else this.#logs.alsoIn(sent.log, hour);
    this.#world.say(name, `is sent ${by} of ${counter} with key ${key}`);
    life.node.keyedHit(counter, by, key, (outcome) => {
      if (!life.process.alive) return;
      this.#world.say(name, `answers key ${key}: ${describeKeyed(outcome)}`);
      this.keyed.answered(name, key, outcome, this.#isCurrent(life));
      if (outcome.accepted) this.#keyedAcknowledged(name, life, sent);
      done(outcome);
    });
  }

  /** A person's adjustment. `done` is called with its answer. */
  adjust(
    name: string,
    life: Life,
    { key, change }: { key: KeyId; change: AdjustmentChange },
    done: (outcome: AdjustmentOutcome) => void,
  ): void {
    const restores = this.adjusting.sends(key, change);
    this.#world.say(name, `is asked to ${change.action} with key ${key}`);
    void life.node.adjusting.adjust({ key, who: "ann", reason: "", change }).then((outcome) => {
      if (!life.process.alive) return;
      this.#world.say(name, `answers adjustment ${key}: ${outcome.done === true ? "done" : outcome.reason}`);
      const known = this.#isCurrent(life) ? this.ledgers.now.adjusted : null;
      this.adjusting.answered(name, { key, restores }, outcome, known);
      done(outcome);
    });
  }

  /** A key that is acknowledged is in the ledger whose version the node has, unless the store does not have that ledger any more. */
  #keyedAcknowledged(name: string, life: Life, { log, counter, by }: KeyedLog): void {
    if (this.ledgers.now.hits.has(log, 0, by)) {
      if (!this.#all.has(log, 0, by)) this.acknowledged.set(counter, (this.acknowledged.get(counter) ?? 0) + by);
      this.#all.add(log, 0, by);
    } else if (this.#isCurrent(life)) this.#break(name, `${name} says that ${log} is counted, and it is not`);
  }

  /** Whether the store still has the ledger, in the version that this node has adopted. */
  #isCurrent(life: Life): boolean {
    const position = adoptedBy(life);
    return position !== null && this.ledgers.isInStore(position);
  }

  /** A log that no process of this history began: its hits count as acknowledged. */
  addForeign(source: string, counts: Iterable<readonly [string, number]>): void {
    for (const [counter, by] of counts) {
      this.acknowledged.set(counter, (this.acknowledged.get(counter) ?? 0) + by);
      const end = this.#logs.append(source, counter, by);
      this.#all.add(source, end - by, end);
    }
  }

  /** Checks every number that this process's page shows, after each change. */
  watch(name: string, life: Life): void {
    this.#pages.open(life);
    this.#logs.learn([...life.node.logs]);
    if (this.#excused.size > 0) this.#returned(this.#held());
    life.node.onRound(() => {
      if (!life.node.healthy() && !this.toleratesHalts) this.#break(name, `an invariant is broken on ${name}`);
      const held = [...life.node.logs];
      this.#logs.learn(held);
      for (const { log } of held) if (log.indeterminate && !this.#reasons.has(log)) this.#giveReason(name, life, log);
      this.#noteLate(adoptedBy(life));
      this.hours.lookAtClocks();
      this.#pages.check(name, life, this.acknowledged.keys());
    });
  }

  round(outcome: string): void {
    this.rounds.set(outcome, (this.rounds.get(outcome) ?? 0) + 1);
  }

  /** `change` destroys something. What it had the last copy of may be missing for `reason`; null: nothing may be missing by it. */
  destroys(reason: string | null, change: () => void): void {
    this.#settle(null);
    const before = this.#held(true);
    change();
    this.#settle(reason);
    if (reason !== null) this.#doomed.push({ reason, hits: before.minus(this.#held(true)) });
  }

  /** As `destroys`, and what is there again may not be missing any more. */
  replaces(reason: string, change: () => void): void {
    this.#settle(null);
    const { hits: before, adjusted } = this.ledgers.now;
    change();
    this.adjusting.restored(adjusted, this.ledgers.now.adjusted);
    this.keyed.lost();
    this.marks.lost();
    const after = this.ledgers.now.hits;
    this.#returned(this.#there());
    if (before !== after) this.#lost.push({ hits: before.minus(after), reason, adoptedLate: false });
    this.#settle(reason);
  }

  /** This disk was copied: from now on, what is on it may have two holders that do not know of each other. */
  copied(disk: SimDisk): void {
    for (const { source, formerly } of disk.files.values()) {
      const log = this.#logs.logOf(formerly[0] ?? source);
      if (log !== undefined) this.#copied.add(log);
    }
  }

  /** Reasons for which hits may be missing so far. */
  get exceptions(): Exception[] {
    return [...this.#excused]
      .filter(([, hits]) => hits.size > 0)
      .map(([reason, hits]) => ({ reason, hits: this.#logs.count(hits) }));
  }

  /** Throws ContractBroken if what people saw so far broke the contract. */
  checkPages(): void {
    if (this.#broken) throw this.#broken;
  }

  /** Compares the ledger with the books. Throws ContractBroken. */
  checkLedger(store: SimStore): void {
    this.#settle(null);
    this.keyed.check();
    this.adjusting.check();
    const { ledger, visitors } = this.ledgers.now;
    if (ledger) this.marks.check(ledger, visitors);
    if (ledger) this.#checkLinks(ledger);
    this.checkPages();
    this.#checkMissing(this.#balance().missing);
    for (const [epoch, commits] of store.commits)
      if (epoch > 0 && commits > this.#roundsTotal() + 1)
        throw new ContractBroken(`more commits than rounds in epoch ${epoch}`);
    this.checkPages();
  }

  /** A node that shows this version leads visitors where it says. */
  #checkLinks({ id, version, links }: Ledger): void {
    for (const { name, life } of this.#machines.values()) {
      const shown = life?.node.cluster().ledger;
      const known = life?.node.adjusting.links() ?? new Map();
      const isSame = links.size === known.size && [...links].every(([counter, url]) => known.get(counter) === url);
      if (shown?.id === id && shown.version === version && !isSame)
        throw new ContractBroken(`${name} has other links than version ${version} of the ledger`);
    }
  }

  /** Call at the end, when no hit is pending any more. */
  balance(): Balance {
    const { missing, told, indeterminate } = this.#balance();
    const allowed = this.#gone();
    const excused = new Map([...this.#excused].map(([reason, hits]) => [reason, hits.size]));
    for (const [reason, hits] of told) excused.set(`indeterminate: ${reason}`, hits.size);
    for (const hits of told.values()) allowed.addAll(hits);
    return { acknowledged: this.#all.size, missing: missing.size, allowed: allowed.size, excused, indeterminate };
  }

  #balance() {
    const counted = this.ledgers.now.hits;
    const told = new Map<string, HitSet>();
    const indeterminate = new Map<string, number>();
    for (const { life } of this.#machines.values())
      for (const { log } of life?.node.logs ?? []) {
        if (!log.indeterminate || log.pending === 0) continue;
        const reason = this.#reasons.get(log) ?? "none";
        const first = this.#logs.logOf(log.id);
        indeterminate.set(reason, (indeterminate.get(reason) ?? 0) + log.pending);
        const hits = new HitSet();
        if (first !== undefined) hits.add(first, log.shown, log.end);
        const all = told.get(reason) ?? new HitSet();
        all.addAll(hits.minus(counted).and(this.#all));
        told.set(reason, all);
      }
    return { missing: this.#all.minus(counted), told, indeterminate };
  }

  #giveReason(name: string, life: Life, log: SourceLog): void {
    const position = adoptedBy(life);
    const ledger = (position && this.ledgers.at(position)?.ledger) ?? null;
    const reason = indeterminateReason(log, ledger, this.#copied.has(this.#logs.logOf(log.id) ?? ""));
    if (reason === null) this.#break(name, `log ${log.id} is indeterminate for no reason that the rules name`);
    this.#reasons.set(log, reason ?? "none");
  }

  #checkMissing(missing: HitSet): void {
    let unexplained = missing.minus(this.#gone());
    for (const hits of this.#balance().told.values()) unexplained = unexplained.minus(hits);
    if (unexplained.size > 0)
      throw new ContractBroken(`lost: ${describeCounts(this.#logs.count(unexplained))}, hits ${unexplained}`);
  }

  #roundsTotal(): number {
    return [...this.rounds.values()].reduce((sum, rounds) => sum + rounds, 0);
  }

  /** Hits that may be missing. */
  #gone(): HitSet {
    const gone = new HitSet();
    for (const hits of this.#excused.values()) gone.addAll(hits);
    return gone;
  }

  /** Hits that may be missing, and those that only a lost ledger had counted: nodes that saw it drop them. */
  #lostHits(): HitSet {
    const lost = this.#gone();
    for (const { hits } of this.#lost) lost.addAll(hits);
    return lost;
  }

  /** A disk has these hits again, or a backup: a journal may be older than what its process has seen committed. */
  #returned(there: HitSet): void {
    for (const [reason, hits] of this.#excused) this.#excused.set(reason, hits.minus(there));
  }

  /** Every hit that the ledger has or somebody holds. */
  #there(): HitSet {
    const there = this.#held();
    there.addAll(this.ledgers.now.hits);
    return there;
  }

  /** Hits that a process holds or, where none runs, a disk. `staying`: without processes that leave. */
  #held(staying = false): HitSet {
    const there = new HitSet();
    for (const { life, disk } of this.#machines.values()) {
      if (staying && life?.draining) continue;
      if (life) this.#logs.learn([...life.node.logs]);
      if (life) for (const { log } of life.node.logs) this.#addHeld(there, log.ids, log.shown, log.end);
      else
        for (const file of disk?.files.values() ?? [])
          this.#addHeld(there, [...file.formerly, file.source], file.shown, disk?.readableEnd(file) ?? file.shown);
    }
    return there;
  }

  #addHeld(there: HitSet, ids: readonly string[], from: number, to: number): void {
    const log = this.#logs.logOf(ids[0] as string);
    if (log !== undefined) there.add(log, from, to);
  }

  /** Looks for hits that nobody has any more. */
  #settle(reason: string | null): void {
    let orphans = this.#all.minus(this.#there());
    if (orphans.size > 0) orphans = orphans.minus(this.#gone());
    if (orphans.size > 0)
      for (const { reason, hits } of this.#doomed) orphans = this.#excuse(reason, orphans.and(hits), orphans);
    for (const lost of this.#lost)
      if (lost.adoptedLate) orphans = this.#excuse(lost.reason, orphans.and(lost.hits), orphans);
    if (orphans.size > 0)
      orphans = this.#excuse(
        "a log was moved to an adopted ledger from two watermarks",
        orphans.and(this.#droppedUnseen()),
        orphans,
      );
    if (orphans.size === 0) return;
    if (reason === null)
      this.#break("books", `nobody has ${describeCounts(this.#logs.count(orphans))} any more: ${orphans}`);
    this.#excuse(reason ?? "broken", orphans, orphans);
  }

  /**
   * Hits that only a lost ledger had counted, in logs that two holders moved to an adopted ledger from different watermarks. If the one that
   * saw more is counted first, the other one takes what it has before that for counted, and drops it. No ledger tells where a log began.
   */
  #droppedUnseen(): HitSet {
    const dropped = new HitSet();
    for (const { hits } of this.#lost)
      for (const [log, from, to] of hits) if (this.#logs.hasTwoBases(log)) dropped.add(log, from, to);
    return dropped;
  }

  /** Returns the rest of `orphans`. */
  #excuse(reason: string, hits: HitSet, orphans: HitSet): HitSet {
    if (hits.size === 0) return orphans;
    const excused = this.#excused.get(reason) ?? new HitSet();
    excused.addAll(hits);
    this.#excused.set(reason, excused);
    return orphans.minus(hits);
  }

  /** A node adopted this version. If it is of a ledger that the store has lost, what it covers is dropped from now on. */
  #noteLate(position: LedgerPosition | null): void {
    if (this.#lost.length === 0 || !position || this.ledgers.isInStore(position)) return;
    const hits = this.ledgers.at(position)?.hits;
    if (hits) for (const lost of this.#lost) if (lost.hits.and(hits).size > 0) lost.adoptedLate = true;
  }

  #break(name: string, how: string): void {
    this.#world.say(name, `BROKEN: ${how}`);
    this.#broken ??= new ContractBroken(how);
  }
}

function describeKeyed(outcome: KeyedOutcome): string {
  if (outcome.accepted) return `counted, ${outcome.duplicate ? "before" : "now"}, shows ${outcome.value.value}`;
  return `${outcome.reason}, counted: ${outcome.counted}`;
}

function describeCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([counter, hits]) => `${hits} of ${counter}`).join(", ");
}
