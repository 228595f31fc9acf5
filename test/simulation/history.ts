import { decodeLedger } from "../../internal/core/ledger/ledger_encoding.ts";
import { type Balance, ContractBroken } from "./accounts.ts";
import { SETTINGS, SimCluster } from "./cluster.ts";
import {
  bringBack,
  copyDisk,
  deleteDirectories,
  FAULTS,
  type Fault,
  forgetWhileCutOff,
  loseDisk,
  restoreDisk,
  restoreUnderDeadNodes,
} from "./faults.ts";
import type { Machine } from "./machine.ts";

export interface HistoryResult {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly balance: Balance;
  readonly broken: Error | null;
  readonly trace: readonly string[];
}

/** Some histories prune ended sources after seconds instead of hours, so that pruning happens at all. */
const SHORT_MEMORY = { silence: 20_000, afterEnd: 15_000, ended: 3 };
const COUNTERS = ["visits", "downloads", "votes"];

/** Faults at the end of some histories, by the remainder of their seed. Added to FAULTS, they would change every seed's history. */
const ENDS: ReadonlyMap<number, Fault> = new Map([
  [1, { name: "data directories are deleted under running nodes", happen: deleteDirectories }],
  [0, { name: "all nodes are killed and the store is restored from a backup", happen: restoreUnderDeadNodes }],
  [2, { name: "an empty store is adopted, and the former one is brought back", happen: bringBack }],
  [3, { name: "a disk is copied, and a node starts on the copy", happen: copyDisk }],
  [4, { name: "an older copy of a disk is brought back", happen: restoreDisk }],
  [5, { name: "a node drains, and its disk is gone", happen: loseDisk }],
  [6, { name: "a node is cut off while the store is restored and forgets", happen: forgetWhileCutOff }],
]);

/** Plays the history of `seed`: a cluster, its traffic and its faults. Then everything heals, and the books are checked. */
export async function playHistory(seed: number, tracing = false): Promise<HistoryResult> {
  const cluster = makeCluster(seed, tracing);
  const faults: string[] = [];
  let broken: Error | null = null;
  try {
    await play(cluster, seed, faults);
    await heal(cluster);
    cluster.accounts.checkPages();
    checkThatLedgerExists(cluster);
    cluster.accounts.checkLedger(cluster.store);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    broken = error;
  }
  return { seed, faults, balance: cluster.accounts.balance(), broken, trace: cluster.world.trace };
}

function makeCluster(seed: number, tracing: boolean): SimCluster {
  const kind = seed % 2 === 0 ? "etcd" : "embedded";
  const retention = seed % 5 === 0 || seed % 7 === 4 || seed % 7 === 6 ? SHORT_MEMORY : SETTINGS.leader.retention;
  const cluster = new SimCluster(seed, kind, {
    tracing,
    settings: { ...SETTINGS, leader: { ...SETTINGS.leader, retention } },
  });
  const { random } = cluster.world;
  const count = random.chance(0.7) ? 3 : random.between(4, 7);
  for (let i = 1; i <= count; i++) cluster.machine(`node-${i}`, random.chance(0.85));
  return cluster;
}

async function play(cluster: SimCluster, seed: number, faults: string[]): Promise<void> {
  const { random } = cluster.world;
  for (const machine of cluster.machines.values()) cluster.start(machine);
  traffic(cluster, cluster.world.now + 16_000);
  await cluster.run(random.between(500, 3_000));
  for (let i = random.between(1, 4); i > 0; i--) {
    const fault: Fault = random.pick(FAULTS);
    faults.push(fault.name);
    cluster.world.say("history", fault.name);
    await fault.happen(cluster);
    await cluster.run(random.between(200, 4_000));
  }
  const end = ENDS.get(seed % 7);
  if (!end) return;
  faults.push(end.name);
  traffic(cluster, cluster.world.now + 12_000);
  await end.happen(cluster);
}

/** Hits somewhere, at irregular intervals, until `until`. */
function traffic(cluster: SimCluster, until: number): void {
  const { world } = cluster;
  const { random } = world;
  world.after(random.between(1, 250), () => {
    const up = cluster.up();
    if (up.length > 0)
      cluster.hit(
        random.pick(up),
        random.pick(COUNTERS),
        random.chance(0.8) ? 1 : random.between(1, 100),
        random.chance(0.3) ? random.pick([1_000, 5_000, 30_000]) : 0,
      );
    if (world.now < until) traffic(cluster, until);
  });
}

/** Ends all faults, starts all nodes, and gives the cluster time. Nothing may be left pending. */
export async function heal(cluster: SimCluster): Promise<void> {
  const { store, network, world } = cluster;
  world.say("history", "everything heals");
  Object.assign(store, { away: false, full: false, fullApplies: 0, loseAnswers: 0, delayCalls: 0 });
  Object.assign(network, { jitter: 5, duplicate: 0, reorder: 0, loseAnswers: 0 });
  network.heal();
  for (const machine of cluster.machines.values()) {
    if (machine.disk) Object.assign(machine.disk, { full: false, replaced: false, shortWrite: null });
    cluster.wake(machine);
    if (!machine.life && (machine.disk?.files.size ?? 0) > 0) cluster.start(machine);
  }
  await cluster.until(() => cluster.up().every(({ life }) => !life?.draining), 30_000);
  if (cluster.up().length === 0) cluster.start([...cluster.machines.values()][0] as Machine);
  for (let attempt = 0; attempt < 4; attempt++) {
    if (cluster.store.entries.has("lost")) await cluster.adopt();
    if (await cluster.until(() => isQuiet(cluster) || cluster.store.entries.has("lost"), 60_000)) {
      if (isQuiet(cluster)) return;
    }
  }
  throw new ContractBroken(`stuck: ${describe(cluster)}`);
}

function isQuiet(cluster: SimCluster): boolean {
  const up = cluster.up();
  const quiet = up.every(
    ({ life }) => life?.draining || (life?.node.statistics().pending === 0 && life.node.cluster().ledger !== null),
  );
  return (
    quiet &&
    up.length > 0 &&
    up.some(({ life }) => !life?.draining) &&
    up.every(({ life }) => !life?.draining || life.node.statistics().pending === 0)
  );
}

function describe(cluster: SimCluster): string {
  return cluster
    .up()
    .map(
      ({ name, life }) =>
        `${name} has ${life?.node.statistics().pending} pending, sees the store as ${life?.node.cluster().store}`,
    )
    .join("; ");
}

/** Throws ContractBroken if the store has no ledger. */
function checkThatLedgerExists(cluster: SimCluster): void {
  if (!decodeLedger(cluster.store.entries)) throw new ContractBroken("there is no ledger at the end");
}
