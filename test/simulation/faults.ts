import type { SimCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** A fault that happens to a cluster, and passes. */
export interface Fault {
  readonly name: string;
  happen(cluster: SimCluster): Promise<void>;
}

export const FAULTS: readonly Fault[] = [
  { name: "a node is killed and restarts", happen: (cluster) => killAndRestart(cluster, anyUp(cluster)) },
  { name: "the leader is killed and restarts", happen: (cluster) => killAndRestart(cluster, cluster.leader()) },
  { name: "all nodes are killed at once", happen: killAll },
  { name: "a node loses power", happen: (cluster) => losePower(cluster, anyUp(cluster)) },
  { name: "the leader is paused and wakes", happen: (cluster) => pause(cluster, cluster.leader()) },
  { name: "a node is paused and wakes", happen: (cluster) => pause(cluster, anyUp(cluster)) },
  { name: "a journal write is short", happen: shortWrite },
  { name: "a disk is full for a while", happen: diskFull },
  { name: "a link is cut", happen: cutLink },
  { name: "the leader is cut off", happen: cutLeader },
  { name: "messages are late, twice and out of order", happen: badNetwork },
  { name: "the store is away", happen: storeAway },
  { name: "the store's answers are lost", happen: (cluster) => storeMisbehaves(cluster, { loseAnswers: 0.3 }) },
  { name: "calls reach the store late", happen: (cluster) => storeMisbehaves(cluster, { delayCalls: 0.3 }) },
  { name: "the store is full", happen: storeFull },
  { name: "the store loses the leader's lease", happen: loseLease },
  { name: "the store is wiped and adopted", happen: wipe },
  { name: "the store is restored from a backup and adopted", happen: restore },
  { name: "a wall clock jumps", happen: jumpClock },
  { name: "a node joins", happen: join },
  { name: "a node leaves", happen: (cluster) => leave(cluster, anyUp(cluster)) },
  { name: "the leader leaves", happen: (cluster) => leave(cluster, cluster.leader()) },
  { name: "a node leaves while the store is away", happen: leaveWhileAway },
  { name: "scaled to zero and back", happen: scaleToZero },
];

function anyUp(cluster: SimCluster): Machine | undefined {
  const up = cluster.up();
  return up.length > 0 ? cluster.world.random.pick(up) : undefined;
}

async function killAndRestart(cluster: SimCluster, machine: Machine | undefined): Promise<void> {
  if (!machine) return;
  cluster.kill(machine);
  await cluster.run(cluster.world.random.between(0, 5_000));
  if (!machine.life) cluster.start(machine);
}

async function killAll(cluster: SimCluster): Promise<void> {
  const up = cluster.up();
  for (const machine of up) cluster.kill(machine);
  await cluster.run(cluster.world.random.between(0, 4_000));
  for (const machine of up) if (!machine.life) cluster.start(machine);
}

async function losePower(cluster: SimCluster, machine: Machine | undefined): Promise<void> {
  if (!machine) return;
  cluster.losePower(machine);
  await cluster.run(cluster.world.random.between(100, 4_000));
  if (!machine.life) cluster.start(machine);
}

async function pause(cluster: SimCluster, machine: Machine | undefined): Promise<void> {
  if (!machine) return;
  cluster.pause(machine);
  cluster.world.after(cluster.world.random.between(200, 9_000), () => cluster.wake(machine));
}

async function shortWrite(cluster: SimCluster): Promise<void> {
  const disk = anyUp(cluster)?.disk;
  if (disk) disk.shortWrite = { intact: cluster.world.random.chance(0.6) };
}

async function diskFull(cluster: SimCluster): Promise<void> {
  const machine = anyUp(cluster);
  if (!machine?.disk) return;
  const { disk } = machine;
  disk.full = true;
  cluster.world.after(cluster.world.random.between(500, 4_000), () => {
    disk.full = false;
  });
}

async function cutLink(cluster: SimCluster): Promise<void> {
  const { random } = cluster.world;
  const names = [...cluster.machines.keys()];
  cluster.network.cut(random.pick(names), random.pick(names));
  cluster.world.after(random.between(300, 8_000), () => cluster.network.heal());
}

async function cutLeader(cluster: SimCluster): Promise<void> {
  const leader = cluster.leader();
  if (!leader) return;
  for (const name of cluster.machines.keys()) if (name !== leader.name) cluster.network.cut(leader.name, name);
  cluster.world.after(cluster.world.random.between(300, 14_000), () => cluster.network.heal());
}

async function badNetwork(cluster: SimCluster): Promise<void> {
  const { network, world } = cluster;
  Object.assign(network, { jitter: world.random.pick([5, 100, 700]), duplicate: 0.1, reorder: 0.1, loseAnswers: 0.3 });
  world.after(world.random.between(1_000, 6_000), () =>
    Object.assign(network, { jitter: 5, duplicate: 0, reorder: 0, loseAnswers: 0 }),
  );
}

async function storeAway(cluster: SimCluster): Promise<void> {
  const { store, world } = cluster;
  store.away = true;
  world.after(world.random.between(300, 12_000), () => {
    store.away = false;
  });
}

async function storeMisbehaves(cluster: SimCluster, how: { loseAnswers?: number; delayCalls?: number }): Promise<void> {
  Object.assign(cluster.store, how);
  cluster.world.after(cluster.world.random.between(1_000, 6_000), () =>
    Object.assign(cluster.store, { loseAnswers: 0, delayCalls: 0 }),
  );
}

async function storeFull(cluster: SimCluster): Promise<void> {
  const { random } = cluster.world;
  Object.assign(cluster.store, {
    full: true,
    fullApplies: cluster.store.kind === "etcd" ? random.pick([0, 0.5, 1]) : 0,
  });
  cluster.world.after(random.between(500, 4_000), () => {
    Object.assign(cluster.store, { full: false, fullApplies: 0 });
  });
}

async function loseLease(cluster: SimCluster): Promise<void> {
  cluster.store.leader = null;
}

async function wipe(cluster: SimCluster): Promise<void> {
  await cluster.until(() => cluster.store.entries.has("head"), 5_000);
  cluster.world.say("store", "is wiped");
  cluster.store.wipe();
  await adoptWhenLost(cluster);
}

async function restore(cluster: SimCluster): Promise<void> {
  await cluster.until(() => cluster.store.entries.has("head"), 5_000);
  cluster.store.saveBackup();
  await cluster.run(cluster.world.random.between(1_000, 6_000));
  cluster.world.say("store", "is restored from a backup");
  cluster.store.restore();
  await adoptWhenLost(cluster);
}

/** No process is left that has seen what the backup lacks: only the nodes' data directories tell. */
export async function restoreUnderDeadNodes(cluster: SimCluster): Promise<void> {
  await cluster.until(() => cluster.store.entries.has("head"), 5_000);
  for (const { disk } of cluster.machines.values()) if (disk) disk.longest = 5;
  cluster.store.saveBackup();
  await cluster.run(cluster.world.random.between(1_000, 12_000));
  const up = cluster.up();
  for (const machine of up) cluster.kill(machine);
  cluster.world.say("store", "is restored from a backup");
  cluster.store.restore();
  for (const machine of up) if (!machine.life) cluster.start(machine);
  await adoptWhenLost(cluster);
}

/** `rm -rf` of the data directories of one running node, or of all. A node may then be killed, after it had time to notice. */
export async function deleteDirectories(cluster: SimCluster): Promise<void> {
  const { random } = cluster.world;
  const up = cluster.up().filter(({ disk }) => disk !== null);
  if (up.length === 0) return;
  const victims = random.chance(0.7) ? [random.pick(up)] : up;
  for (const machine of victims) cluster.deleteDirectory(machine);
  const problem = random.pick(["none", "none", "full", "replaced"] as const);
  for (const { disk } of victims) if (disk && problem !== "none") disk[problem] = true;
  await cluster.run(random.between(0, 3_000));
  for (const { disk } of victims) if (disk) Object.assign(disk, { full: false, replaced: false });
  const killed = victims.filter(({ life }) => life !== null && random.chance(0.6));
  for (const machine of killed) cluster.kill(machine);
  await cluster.run(random.between(0, 2_000));
  for (const machine of killed) if (!machine.life) cluster.start(machine);
}

/** A node is cut off while the store is restored from a backup and adopted, and while the ledger forgets what ended. */
export async function forgetWhileCutOff(cluster: SimCluster): Promise<void> {
  const { random } = cluster.world;
  const machine = durable(cluster);
  if (!machine) return;
  for (const name of cluster.machines.keys()) if (name !== machine.name) cluster.network.cut(name, machine.name);
  await cluster.run(random.between(0, 3_000));
  await restore(cluster);
  await cluster.run(random.between(5_000, 60_000));
  cluster.network.heal();
  if (random.chance(0.5)) await end(cluster, machine);
  if (!machine.life) cluster.start(machine);
}

/** A node starts on a copy of another node's disk, sometimes beside a restored store. */
export async function copyDisk(cluster: SimCluster): Promise<void> {
  const { random } = cluster.world;
  const original = durable(cluster);
  if (!original?.disk) return;
  const copy = cluster.machine(`copy-of-${original.name}`);
  copy.disk = original.disk.copy();
  cluster.accounts.copied(original.disk);
  await cluster.run(random.pick([0, random.between(0, 4_000)]));
  if (random.chance(0.4)) await random.pick([cutLink, badNetwork, storeFull, leaveWhileAway])(cluster);
  cluster.world.say("history", "the copy starts");
  cluster.start(copy);
  await cluster.run(random.between(0, 6_000));
  if (random.chance(0.3)) await restore(cluster);
  if (random.chance(0.3)) await killAndRestart(cluster, original);
}

/** A copy of a disk, made while its node lives, is brought back later, when the node has ended. */
export async function restoreDisk(cluster: SimCluster): Promise<void> {
  const { random } = cluster.world;
  const machine = durable(cluster);
  if (!machine?.disk) return;
  if (random.chance(0.4)) await takeFirstHit(cluster, machine);
  const backup = machine.disk.copy();
  cluster.accounts.copied(backup);
  await cluster.run(random.pick([500, 4_000, 50_000]));
  await end(cluster, machine);
  if (random.chance(0.5)) await comeAndGo(cluster, machine.name);
  if (machine.life) return;
  cluster.world.say(machine.name, "gets an older disk back");
  cluster.replaceDisk(machine, backup, "an older copy of a disk was brought back");
  cluster.start(machine);
}

/** A node drains, and its disk is gone with it: only what the node said it left behind may be missing. */
export async function loseDisk(cluster: SimCluster): Promise<void> {
  const machine = durable(cluster);
  if (!machine?.disk) return;
  if (cluster.world.random.chance(0.4)) await storeAway(cluster);
  cluster.drain(machine);
  await cluster.until(() => machine.life === null, 40_000);
  if (machine.life) return;
  cluster.world.say(machine.name, `loses its disk, with ${machine.left} hits on it`);
  cluster.loseDisk(machine);
  cluster.start(machine);
}

/** A process is replaced, and its successor has a hit that it has not offered yet. */
async function takeFirstHit(cluster: SimCluster, machine: Machine): Promise<void> {
  cluster.kill(machine);
  cluster.start(machine);
  await cluster.run(cluster.world.random.between(0, 1_500));
  cluster.hit(machine, "votes", 9);
  await cluster.run(5);
}

/** So many nodes come, count and leave that the ledger may forget one that left before. */
async function comeAndGo(cluster: SimCluster, than: string): Promise<void> {
  for (let i = 0; i < 4; i++) {
    const guest = cluster.machine(`guest-${i}-after-${than}`);
    cluster.start(guest);
    cluster.hit(guest);
    await cluster.run(2_500);
    cluster.drain(guest);
  }
  await cluster.run(45_000);
}

function durable(cluster: SimCluster): Machine | undefined {
  const machines = cluster.up().filter(({ disk, life }) => disk !== null && !life?.draining);
  return machines.length > 0 ? cluster.world.random.pick(machines) : undefined;
}

async function end(cluster: SimCluster, machine: Machine): Promise<void> {
  if (cluster.world.random.chance(0.5)) return cluster.kill(machine);
  cluster.drain(machine);
  await cluster.until(() => machine.life === null, 40_000);
}

/** A person adopts an empty store, and the right one is found later. It already has what nodes held then, under the logs' first ids. */
export async function bringBack(cluster: SimCluster): Promise<void> {
  const { store, world } = cluster;
  await cluster.until(() => store.entries.has("head"), 5_000);
  store.saveBackup();
  store.loseAnswers = 1;
  await cluster.run(world.random.between(0, 3_000));
  store.saveBackup();
  world.say("store", "is wiped");
  store.wipe();
  store.loseAnswers = 0;
  await adoptWhenLost(cluster);
  await cluster.run(world.random.between(1_000, 8_000));
  const up = cluster.up();
  for (const machine of up) cluster.kill(machine);
  world.say("store", "the former one is brought back");
  store.restore();
  for (const machine of up) if (!machine.life) cluster.start(machine);
  await adoptWhenLost(cluster);
}

/** A person adopts once the leader has recorded the loss. There is no loss if nothing had changed since the backup. */
async function adoptWhenLost(cluster: SimCluster): Promise<void> {
  if (await cluster.until(() => cluster.store.entries.has("lost"), 12_000)) await cluster.adopt();
}

async function jumpClock(cluster: SimCluster): Promise<void> {
  const life = anyUp(cluster)?.life;
  if (life) life.clock.wallError += cluster.world.random.pick([-3_600_000, -5_000, 5_000, 86_400_000]);
}

async function join(cluster: SimCluster): Promise<void> {
  if (cluster.machines.size >= 8) return;
  cluster.start(cluster.machine(`node-${cluster.machines.size + 1}`, cluster.world.random.chance(0.85)));
}

async function leave(cluster: SimCluster, machine: Machine | undefined): Promise<void> {
  if (machine) cluster.drain(machine);
}

async function leaveWhileAway(cluster: SimCluster): Promise<void> {
  await storeAway(cluster);
  await cluster.run(cluster.world.random.between(0, 3_000));
  await leave(cluster, anyUp(cluster));
}

async function scaleToZero(cluster: SimCluster): Promise<void> {
  const up = cluster.up();
  for (const machine of up) cluster.drain(machine);
  await cluster.until(() => cluster.up().length === 0, 40_000);
  for (const machine of up) if (!machine.life) cluster.start(machine);
}
