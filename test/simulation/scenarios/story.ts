import assert from "node:assert/strict";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { LedgerDraft } from "../../../internal/core/ledger/ledger_draft.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import type { Retention } from "../../../internal/core/ledger/retention.ts";
import * as transactions from "../../../internal/core/ledger/transaction.ts";
import type { Writes } from "../../../internal/ports/store.ts";
import type { CopyLimits } from "../../../internal/services/leader/copies.ts";
import type { LeaderSettings } from "../../../internal/services/leader/leader_deps.ts";
import { SETTINGS, SimCluster } from "../cluster.ts";
import { heal } from "../history.ts";
import type { Machine } from "../machine.ts";
import type { StoreKind } from "../sim_store.ts";

export const KINDS: readonly StoreKind[] = ["etcd", "embedded"];

export interface StoryOptions {
  readonly tracing?: boolean;
  readonly drainTimeout?: number;
  readonly retention?: Retention;
  readonly copies?: CopyLimits;
  readonly keys?: Partial<LeaderSettings["keys"]>;
  readonly marks?: Partial<LeaderSettings["marks"]>;
  readonly writeBudget?: number;
}

/** A cluster of `count` nodes that has a leader and knows its total. */
export async function begin(
  count: number,
  kind: StoreKind = "etcd",
  seed = 1,
  {
    drainTimeout,
    retention,
    copies,
    keys,
    marks,
    writeBudget = SETTINGS.leader.writeBudget,
    ...options
  }: StoryOptions = {},
): Promise<SimCluster> {
  const drain = { ...SETTINGS.drain, ...(drainTimeout !== undefined && { timeout: drainTimeout }) };
  const kept = { keys: { ...SETTINGS.leader.keys, ...keys }, marks: { ...SETTINGS.leader.marks, ...marks } };
  const leader = {
    ...SETTINGS.leader,
    writeBudget,
    ...(retention && { retention }),
    ...(copies && { copies }),
    ...kept,
  };
  const cluster = new SimCluster(seed, kind, { ...options, settings: { ...SETTINGS, leader, drain } });
  for (let i = 1; i <= count; i++) cluster.start(cluster.machine(`node-${i}`));
  assert.ok(await cluster.until(() => cluster.up().every(isInformed), 5_000), "no leader");
  await cluster.run(300);
  return cluster;
}

function isInformed({ life }: Machine): boolean {
  return life?.node.cluster().ledger !== null;
}

export function leaderOf(cluster: SimCluster): Machine {
  const leader = cluster.leader();
  assert.ok(leader, "nobody leads");
  return leader;
}

/** Nodes that do not lead. */
export function followersOf(cluster: SimCluster): [Machine, Machine] {
  const leader = cluster.leader();
  const [first, second] = cluster.up().filter((machine) => machine !== leader);
  assert.ok(first && second, "too few followers");
  return [first, second];
}

/** Hits on every node, one each `every` milliseconds, for `ms`. */
export function hitEverywhere(cluster: SimCluster, ms: number, every = 20): void {
  for (let at = 0; at < ms; at += every)
    cluster.world.after(at, () => cluster.up().forEach((machine) => void cluster.hit(machine)));
}

/** Ends all faults. Then no page may have gone backwards, and the ledger and every page must have exactly what was acknowledged. */
export async function endsExactly(cluster: SimCluster): Promise<void> {
  await heal(cluster);
  const complete = () => cluster.up().every(({ life }) => life?.node.complete());
  if (!complete()) {
    assert.ok(await cluster.until(complete, 30_000), "no whole copy");
    await heal(cluster);
  }
  cluster.accounts.checkPages();
  cluster.accounts.checkLedger(cluster.store);
  await cluster.run(2 * SETTINGS.leader.interval);
  for (const [counter, hits] of cluster.accounts.acknowledged)
    for (const { name, life } of cluster.up())
      assert.equal(Number(life?.node.read(counter)?.value), hits, `${name} shows another number of ${counter}`);
  assert.deepEqual(cluster.accounts.exceptions, [], "the story was to be without losses");
}

/** Writes another leader's transaction into the store: `hits` of a source that no node here knows. */
export async function commitBesides(cluster: SimCluster, hits: number): Promise<void> {
  const counts = new Map([["visits", hits]]);
  cluster.accounts.addForeign("eeeeeeeeeeeeeeee", counts);
  cluster.store.write(cluster.store.headRevision, transactionOf(cluster, counts), null);
}

/** A leader's next transaction: it counts hits of a source that no node here knows. */
export function transactionOf(cluster: SimCluster, counts: ReadonlyMap<string, number>): Writes {
  const ledger = ledgerOf(cluster);
  const draft = new LedgerDraft(ledger);
  const note = { id: ledger.id, version: ledger.version };
  const hits = [...counts.values()].reduce((sum, count) => sum + count, 0);
  draft.fold({
    source: "eeeeeeeeeeeeeeee",
    region: "eu",
    base: 0,
    firstOffer: note,
    from: 0,
    to: hits,
    counts,
    last: false,
  });
  const next = draft.finish(ledger.epoch, "somebody");
  return transactions.transactionOf(ledger, draft, next);
}

/** The store's total of all counters. */
export function total(cluster: SimCluster): number {
  const ledger = decodeLedger(cluster.store.entries);
  return ledger ? Number(ledger.totals.sum) : 0;
}

export function acknowledged(cluster: SimCluster): number {
  return [...cluster.accounts.acknowledged.values()].reduce((sum, hits) => sum + hits, 0);
}

/** Elections won so far. */
export function elections(cluster: SimCluster): number {
  return cluster.store.elections;
}

/** The store's ledger. */
export function ledgerOf(cluster: SimCluster): Ledger {
  const ledger = decodeLedger(cluster.store.entries);
  assert.ok(ledger, "there is no ledger");
  return ledger;
}

/** Ended sources are forgotten at once; silent ones stay. */
export const FORGETFUL: Retention = { silence: 3_600_000, afterEnd: 1_000, ended: 0 };

/** Until the ledger has forgotten every ended source, at least up to the version that it has now. */
export async function forgetEnded(cluster: SimCluster): Promise<void> {
  const { version } = ledgerOf(cluster);
  const guest = cluster.machine(`guest-${cluster.machines.size}`);
  cluster.start(guest);
  await cluster.run(2_500);
  cluster.hit(guest);
  await cluster.run(2_500);
  cluster.drain(guest);
  assert.ok(
    await cluster.until(() => ledgerOf(cluster).prunedTo > version && ledgerOf(cluster).ended.size === 0, 30_000),
  );
}
