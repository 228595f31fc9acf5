import type { SimCluster } from "../cluster.ts";
import { anyWithDisk, type Effect, grows, later, wait } from "./fault.ts";

/** A node goes back to release 0.1.0 and is upgraded again. Its journals do not say which ledger the node knew at a log's first hit. */
export async function runOlderRelease(cluster: SimCluster): Promise<Effect> {
  const machine = anyWithDisk(cluster);
  if (!machine?.disk) return false;
  cluster.kill(machine);
  machine.disk.old = true;
  cluster.accounts.hours.tolerant = true;
  const began = cluster.startAgain(machine);
  await wait(cluster, 500, 8_000);
  cluster.kill(machine);
  if (machine.disk) machine.disk.old = false;
  await wait(cluster, 0, 2_000);
  cluster.startAgain(machine);
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
