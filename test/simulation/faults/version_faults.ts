import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { anyWithDisk, type Effect, grows, later, wait } from "./fault.ts";

/** The machine's next processes know format 1 of the ledger only, as release 0.1.0 does, and write its journals. */
export function beginOlder(cluster: SimCluster, machine: Machine): void {
  cluster.network.older.add(machine.name);
  if (machine.disk) machine.disk.old = true;
  cluster.accounts.hours.tolerant = true;
}

/** A node that knows format 1 only is upgraded. Without a disk it leaves first, because what it counted dies with its process. */
export function upgrade(cluster: SimCluster, machine: Machine): void {
  const { older } = cluster.network;
  if (!older.has(machine.name) || machine.life?.draining) return;
  if (!machine.disk && machine.life) {
    cluster.drain(machine);
    return later(cluster, 500, 2_000, () => upgrade(cluster, machine));
  }
  cluster.kill(machine);
  older.delete(machine.name);
  if (machine.disk) machine.disk.old = false;
  cluster.startAgain(machine);
}

/** A node goes back to release 0.1.0, which cannot read a ledger that was converted, and is upgraded again. */
export async function runOlderRelease(cluster: SimCluster): Promise<Effect> {
  const machine = anyWithDisk(cluster);
  if (!machine) return false;
  cluster.kill(machine);
  beginOlder(cluster, machine);
  const began = cluster.startAgain(machine);
  await wait(cluster, 500, 8_000);
  upgrade(cluster, machine);
  return began;
}

/** A newer release writes a ledger that programs of today may not write. Nodes are upgraded one after the other. */
export async function ledgerOfNewerFormat(cluster: SimCluster): Promise<Effect> {
  const { store, world } = cluster;
  const effect = grows(() => store.unreadable);
  const { random } = world;
  const up = cluster.up();
  const leader = cluster.leader();
  if (up.length === 0) return false;
  store.formats = random.pick([{ format: 3 }, { format: 1, reads: 1, writes: 3 }, { format: 1, reads: 3, writes: 3 }]);
  later(cluster, 4_000, 12_000, () => {
    store.formats = null;
  });
  // The next leader is of today's release: it reads what it may not write.
  if (leader) cluster.kill(leader);
  await wait(cluster, 0, 5_000);
  if (leader) cluster.startAgain(leader);
  for (const machine of random.chance(0.5) ? up : [random.pick(up)]) {
    cluster.newer.add(machine.name);
    cluster.kill(machine);
    await wait(cluster, 0, 500);
    cluster.startAgain(machine);
  }
  return effect;
}
