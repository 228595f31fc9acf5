import { setTimeout as sleep } from "node:timers/promises";
import { openEtcd } from "../../../internal/adapters/etcd/open_etcd.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import type { Lease } from "../../../internal/ports/election.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import { eventually } from "../eventually.ts";
import { BenchFailure } from "../row.ts";

/** Five minutes' worth: etcd itself would compact by the clock, which runs too slowly for simulated minutes. */
const COMPACT_EVERY = 300;
const RENEW_EVERY_MS = 1_000;
const SETTLE_MS = 1_000;

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

/** Commits the `image` again, `rounds` times, as fast as it goes. Resolves to the size at every compaction. */
export async function growth(
  endpoint: string,
  image: Awaited<ReturnType<typeof everythingIn>>,
  rounds: number,
): Promise<EtcdSize[]> {
  const { store, election, close } = open(endpoint);
  const sizes = [await sizeOf(endpoint)];
  const lease = await leadership(() => election.campaign({ nodeId: "bench", address: "127.0.0.1:1" }));
  let renewed = performance.now();
  let revision = (await store.readHead()).headRevision;
  for (let round = 1; round <= rounds; round++) {
    const outcome = await store.commit(lease, revision, { puts: image.entries });
    if (outcome.kind !== "committed") throw new BenchFailure(`etcd refused round ${round}`);
    revision = outcome.headRevision;
    if (performance.now() - renewed > RENEW_EVERY_MS && (await lease.renew())) renewed = performance.now();
    if (round % COMPACT_EVERY !== 0 && round !== rounds) continue;
    await compact(endpoint, revision);
    sizes.push(await sizeOf(endpoint));
  }
  await lease.resign();
  await close();
  return sizes;
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
