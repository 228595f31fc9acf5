import { setTimeout as sleep } from "node:timers/promises";
import { openEtcd } from "../../../internal/adapters/etcd/open_etcd.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import type { Ledger } from "../../../internal/core/ledger/ledger.ts";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import { type RoundPlan, Rounds } from "../../../internal/core/ledger/rounds.ts";
import type { Lease } from "../../../internal/ports/election.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { eventually } from "../eventually.ts";
import { BenchFailure } from "../row.ts";

/** Five minutes' worth: etcd itself would compact by the clock, which runs too slowly for simulated minutes. */
const COMPACT_EVERY = 300;
const RENEW_EVERY_MS = 1_000;
const SETTLE_MS = 1_000;
const REGION = "region-0";
const LIMITS = { bytes: 1 << 20 };
const HOUR_MS = 3_600_000;
const RETENTION = { silence: HOUR_MS, afterEnd: HOUR_MS, ended: 4_096 };

/** In bytes. */
export interface EtcdSize {
  readonly resident: number;
  readonly database: number;
}

/** What the ledger holds now. */
export async function ledgerIn(endpoint: string): ReturnType<typeof everythingIn> {
  const { store, close } = open(endpoint);
  return everythingIn(store).finally(close);
}

/** Leads `rounds` more rounds, each with hits of every source in `entries`, as fast as it goes. Resolves to the size at every compaction. */
export async function growth(
  endpoint: string,
  entries: ReadonlyMap<string, Uint8Array>,
  rounds: number,
): Promise<EtcdSize[]> {
  const { store, election, close } = open(endpoint);
  const sizes = [await sizeOf(endpoint)];
  const lease = await leadership(() => election.campaign({ nodeId: "bench", address: "127.0.0.1:1" }));
  const term = { epoch: lease.epoch, writer: "bench" };
  const { headRevision } = await store.readHead();
  const leading = new Rounds(term, ledgerOf(entries), headRevision, LIMITS, RETENTION, 0);
  let renewed = performance.now();
  for (let round = 1; round <= rounds; round++) {
    const plan = planned(leading);
    const outcome = await store.commit(lease, leading.headRevision, plan);
    if (outcome.kind !== "committed") throw new BenchFailure(`etcd refused round ${round}`);
    leading.settle(plan, outcome.headRevision, 0);
    if (performance.now() - renewed > RENEW_EVERY_MS && (await lease.renew())) renewed = performance.now();
    if (round % COMPACT_EVERY !== 0 && round !== rounds) continue;
    await compact(endpoint, outcome.headRevision);
    sizes.push(await sizeOf(endpoint));
  }
  await lease.resign();
  await close();
  return sizes;
}

function ledgerOf(entries: ReadonlyMap<string, Uint8Array>): Ledger {
  const ledger = decodeLedger(entries);
  if (!ledger?.layout)
    throw new BenchFailure("the ledger was not converted, so its rounds are not those of this release");
  return ledger;
}

/** The next round: each source has one hit of each counter. */
function planned(leading: Rounds): RoundPlan {
  const { id, version, totals, sources } = leading.ledger;
  const counts = new Map([...totals].map(([counter]) => [counter, 1]));
  const reply = { epoch: leading.epoch, round: leading.begin(), sources: [] };
  for (const [source, from] of sources) {
    const offer = { source, region: REGION, base: 0, firstOffer: { id, version }, from, to: from + counts.size };
    leading.accept(source, { ...reply, batches: [{ ...offer, counts, last: false }] }, 0);
  }
  const plan = leading.plan(0);
  if (!plan) throw new BenchFailure("a round had nothing to write");
  return plan;
}

function open(endpoint: string) {
  return openEtcd({
    endpoints: [endpoint],
    clock,
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: console.error },
  });
}

/** The leader that was ended holds the key until its lease is over. */
async function leadership(campaign: () => Promise<Lease | null>): Promise<Lease> {
  let lease: Lease | null = null;
  await eventually("the leader key is free", async () => {
    lease = await campaign();
    return lease !== null;
  });
  return lease!;
}

async function compact(endpoint: string, revision: number): Promise<void> {
  const body = JSON.stringify({ revision: String(revision), physical: true });
  const answer = await fetch(`http://${endpoint}/v3/kv/compaction`, { method: "POST", body });
  if (!answer.ok) throw new BenchFailure(`etcd did not compact: ${await answer.text()}`);
  // It frees pages in its own time.
  await sleep(SETTLE_MS);
}

async function sizeOf(endpoint: string): Promise<EtcdSize> {
  const text = await (await fetch(`http://${endpoint}/metrics`)).text();
  const metric = (name: string) => Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
  return {
    resident: metric("process_resident_memory_bytes"),
    database: metric("etcd_mvcc_db_total_size_in_bytes"),
  };
}
