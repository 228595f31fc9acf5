import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { anyUp, anyWithDisk, comeAndGo, type Effect, grows, later, wait } from "./fault.ts";
import { badNetwork, cutLink } from "./network_faults.ts";
import { end, killAndRestart, leaveWhileAway, losePower } from "./process_faults.ts";
import { restore, storeAway, storeFull } from "./store_faults.ts";

export async function shortWrite(cluster: SimCluster): Promise<Effect> {
  const disk = anyUp(cluster)?.disk;
  if (!disk) return false;
  disk.shortWrite = { intact: cluster.world.random.chance(0.6) };
  return grows(() => disk.failures);
}

export async function diskFull(cluster: SimCluster): Promise<Effect> {
  const disk = anyUp(cluster)?.disk;
  if (!disk) return false;
  disk.full = true;
  later(cluster, 500, 4_000, () => {
    disk.full = false;
  });
  return grows(() => disk.failures);
}

/** What a failed sync did not write is gone after a power loss, whatever the kernel says to the next sync. */
export async function syncFails(cluster: SimCluster): Promise<Effect> {
  const { random } = cluster.world;
  const machine = anyWithDisk(cluster);
  if (!machine?.disk) return false;
  const effect = grows(() => machine.disk?.failures ?? 0);
  machine.disk.failingSyncs = random.between(1, 4);
  if (random.chance(0.5)) await killAndRestart(cluster, machine);
  await wait(cluster, 0, 3_000);
  if (random.chance(0.5)) await losePower(cluster, machine);
  return effect;
}

/** Bits of a journal change. The next start finds them. */
export async function rot(cluster: SimCluster): Promise<Effect> {
  const { random } = cluster.world;
  const machine = anyWithDisk(cluster);
  if (!machine?.disk) return false;
  const dead = random.chance(0.3);
  if (dead) cluster.kill(machine);
  const { disk } = machine;
  let rotten = false;
  cluster.accounts.destroys(dead ? "a journal was damaged" : null, () => {
    rotten = disk.rot();
  });
  if (rotten) cluster.world.say(machine.name, "has a damaged journal");
  await wait(cluster, 0, 3_000);
  if (random.chance(0.8)) cluster.kill(machine);
  cluster.startAgain(machine);
  return rotten;
}

/** `rm -rf` of the data directories of one running node, or of all. A node may then be killed, after it had time to notice. */
export async function deleteDirectories(cluster: SimCluster): Promise<Effect> {
  const { random } = cluster.world;
  const up = cluster.up().filter(({ disk }) => disk !== null);
  if (up.length === 0) return false;
  const victims = random.chance(0.7) ? [random.pick(up)] : up;
  for (const machine of victims) cluster.deleteDirectory(machine);
  const problem = random.pick(["none", "none", "full", "replaced"] as const);
  for (const { disk } of victims) if (disk && problem !== "none") disk[problem] = true;
  await wait(cluster, 0, 3_000);
  for (const { disk } of victims) if (disk) Object.assign(disk, { full: false, replaced: false });
  const killed = victims.filter(({ life }) => life !== null && random.chance(0.6));
  for (const machine of killed) cluster.kill(machine);
  await wait(cluster, 0, 2_000);
  for (const machine of killed) cluster.startAgain(machine);
  return true;
}

/** A node starts on a copy of another node's disk, sometimes beside a restored store. */
export async function copyDisk(cluster: SimCluster): Promise<Effect> {
  const { random } = cluster.world;
  const original = copyable(cluster);
  if (!original?.disk) return false;
  const copy = cluster.machine(`copy-${cluster.machines.size}-of-${original.name}`);
  copy.disk = original.disk.copy();
  await cluster.run(random.pick([0, random.between(0, 4_000)]));
  if (random.chance(0.4)) await random.pick([cutLink, badNetwork, storeFull, leaveWhileAway])(cluster);
  cluster.world.say("history", "the copy starts");
  cluster.startAgain(copy);
  await wait(cluster, 0, 6_000);
  if (random.chance(0.3)) await restore(cluster);
  if (random.chance(0.3)) await killAndRestart(cluster, original);
  return copy.disk.files.size > 0;
}

/** A copy of a disk, made while its node lives, is brought back later, when the node has ended. */
export async function restoreDisk(cluster: SimCluster): Promise<Effect> {
  const { random } = cluster.world;
  const machine = copyable(cluster);
  if (!machine?.disk) return false;
  if (random.chance(0.4)) await takeFirstHit(cluster, machine);
  const backup = machine.disk.copy();
  await cluster.run(random.pick([500, 4_000, 50_000]));
  await end(cluster, machine);
  if (random.chance(0.5)) await comeAndGo(cluster, machine.name);
  if (machine.life) return false;
  cluster.world.say(machine.name, "gets an older disk back");
  cluster.replaceDisk(machine, backup, "an older copy of a disk was brought back");
  cluster.start(machine);
  return backup.files.size > 0;
}

/** A node drains, and its disk is gone with it, like an emptyDir: only what the node said it left behind may be missing. */
export async function loseDisk(cluster: SimCluster): Promise<Effect> {
  const machine = anyWithDisk(cluster);
  if (!machine) return false;
  if (cluster.world.random.chance(0.4)) await storeAway(cluster);
  cluster.drain(machine);
  await cluster.until(() => machine.life === null, 40_000);
  if (machine.life) return false;
  cluster.world.say(machine.name, `loses its disk, with ${machine.left} hits on it`);
  cluster.loseDisk(machine);
  cluster.start(machine);
  return true;
}

/** A process is replaced, and its successor has a hit that it has not offered yet. */
async function takeFirstHit(cluster: SimCluster, machine: Machine): Promise<void> {
  cluster.kill(machine);
  cluster.start(machine);
  await wait(cluster, 0, 1_500);
  cluster.hit(machine, "votes", 9);
  await cluster.run(5);
}

/** Release 0.1.0 cannot tell how old a copied journal is, so its disks are not copied. */
function copyable(cluster: SimCluster): Machine | undefined {
  const machine = anyWithDisk(cluster);
  return machine?.disk?.isAgeless ? undefined : machine;
}
