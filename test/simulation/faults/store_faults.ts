import type { SimCluster } from "../cluster.ts";
import type { SimStore } from "../sim_store.ts";
import { anyUp, comeAndGo, type Effect, grows, later, wait } from "./fault.ts";

export async function storeAway(cluster: SimCluster): Promise<Effect> {
  const { store } = cluster;
  store.away = true;
  later(cluster, 300, 12_000, () => {
    store.away = false;
  });
  return grows(() => store.disturbed);
}

export async function cutFromStore(cluster: SimCluster): Promise<Effect> {
  const { store } = cluster;
  const node = anyUp(cluster);
  if (!node) return false;
  store.cutOff.add(node.name);
  later(cluster, 300, 12_000, () => store.cutOff.delete(node.name));
  return grows(() => store.disturbed);
}

type Misbehaviour = Partial<Pick<SimStore, "loseAnswers" | "loseRequests" | "delayCalls">>;

export async function storeMisbehaves(cluster: SimCluster, how: Misbehaviour): Promise<Effect> {
  const { store } = cluster;
  Object.assign(store, how);
  later(cluster, 1_000, 6_000, () => void Object.assign(store, { loseAnswers: 0, loseRequests: 0, delayCalls: 0 }));
  return grows(() => store.disturbed);
}

export async function storeFull(cluster: SimCluster): Promise<Effect> {
  return full(cluster, 0);
}

/** etcd checks its quota again while it applies a transaction. */
export async function storeFullApplies(cluster: SimCluster): Promise<Effect> {
  return cluster.store.kind === "etcd" && full(cluster, cluster.world.random.pick([0.5, 1]));
}

async function full(cluster: SimCluster, fullApplies: number): Promise<Effect> {
  const { store } = cluster;
  Object.assign(store, { full: true, fullApplies });
  later(cluster, 500, 4_000, () => void Object.assign(store, { full: false, fullApplies: 0 }));
  return grows(() => (fullApplies > 0 ? store.appliedAndRefused : store.disturbed));
}

/** A member of etcd without a vote refuses each request of the node that is connected to it. */
export async function connectToLearner(cluster: SimCluster): Promise<Effect> {
  const { store, world } = cluster;
  if (store.kind !== "etcd") return false;
  const machine = world.random.chance(0.4) ? cluster.leader() : anyUp(cluster);
  if (!machine) return false;
  store.learnerOf = machine.name;
  later(cluster, 500, 9_000, () => {
    store.learnerOf = null;
  });
  return grows(() => store.disturbed);
}

export async function loseLease(cluster: SimCluster): Promise<Effect> {
  const had = cluster.store.leader !== null;
  cluster.store.leader = null;
  return had;
}

export async function wipe(cluster: SimCluster): Promise<Effect> {
  await hasLedger(cluster);
  cluster.world.say("store", "is wiped");
  cluster.store.wipe();
  return adoptWhenLost(cluster);
}

/** `withKey`: the leader key and its lease come back, too. */
export async function restore(cluster: SimCluster, withKey = false): Promise<Effect> {
  await hasLedger(cluster);
  cluster.store.saveBackup();
  await wait(cluster, 1_000, 6_000);
  if (withKey) cluster.store.leader = null;
  if (withKey) await wait(cluster, 0, 6_000);
  cluster.world.say("store", "is restored from a backup");
  const key = cluster.store.leader?.epoch;
  cluster.store.restore(withKey);
  const effect = !withKey || (cluster.store.leader !== null && cluster.store.leader.epoch !== key);
  return (await adoptWhenLost(cluster)) && effect;
}

/** No process is left that has seen what the backup lacks: only the nodes' data directories tell. */
export async function restoreUnderDeadNodes(cluster: SimCluster): Promise<Effect> {
  await hasLedger(cluster);
  for (const { disk } of cluster.machines.values()) if (disk) disk.longest = 5;
  cluster.store.saveBackup();
  await wait(cluster, 1_000, 12_000);
  await betweenLives(cluster, () => {
    cluster.world.say("store", "is restored from a backup");
    cluster.store.restore();
  });
  return adoptWhenLost(cluster);
}

/** A person adopts an empty store, and the right one is found later. It already has what nodes held then, under the logs' first ids. */
export async function bringBack(cluster: SimCluster): Promise<Effect> {
  const { store, world } = cluster;
  await hasLedger(cluster);
  store.loseAnswers = 1;
  await wait(cluster, 0, 3_000);
  store.saveBackup();
  world.say("store", "is wiped");
  store.wipe();
  store.loseAnswers = 0;
  const adopted = await adoptWhenLost(cluster);
  await wait(cluster, 1_000, 8_000);
  await betweenLives(cluster, () => {
    world.say("store", "the former one is brought back");
    store.restore();
  });
  return (await adoptWhenLost(cluster)) && adopted;
}

/** Kills every node, and starts each again after `change`. */
async function betweenLives(cluster: SimCluster, change: () => void): Promise<void> {
  const up = cluster.up();
  for (const machine of up) cluster.kill(machine);
  change();
  for (const machine of up) cluster.startAgain(machine);
}

/** A node is cut off while the store is restored from a backup and adopted, and while the ledger forgets what ended. */
export async function forgetWhileCutOff(cluster: SimCluster): Promise<Effect> {
  const { random } = cluster.world;
  const leader = cluster.leader();
  const followers = cluster.up().filter((machine) => machine !== leader && machine.disk && !machine.life?.draining);
  if (followers.length === 0) return false;
  const machine = random.pick(followers);
  await hasLedger(cluster);
  cluster.store.saveBackup();
  await wait(cluster, 0, 3_000);
  for (const name of cluster.machines.keys()) if (name !== machine.name) cluster.network.cut(name, machine.name);
  await wait(cluster, 0, 6_000);
  cluster.world.say("store", "is restored from a backup");
  cluster.store.restore();
  const effect = await adoptWhenLost(cluster);
  await comeAndGo(cluster, "cut-off");
  cluster.network.heal();
  if (random.chance(0.5)) cluster.kill(machine);
  cluster.startAgain(machine);
  return effect;
}

async function hasLedger(cluster: SimCluster): Promise<void> {
  await cluster.until(() => cluster.store.entries.has("head"), 5_000);
}

/** A person adopts once the leader has recorded the loss. False if it was not: nothing had changed since the backup. */
async function adoptWhenLost(cluster: SimCluster): Promise<boolean> {
  return (await cluster.until(() => cluster.store.entries.has("lost"), 20_000)) && cluster.adopt();
}

/** An entry has content that no release writes, until somebody repairs it. A new leader reads it. */
export async function spoilEntry(cluster: SimCluster): Promise<Effect> {
  const { store, world } = cluster;
  await hasLedger(cluster);
  const effect = grows(() => store.unreadable);
  store.spoil = world.random.pick([
    (entries) => spoilTotals(entries, "1.5"),
    (entries) => spoilTotals(entries, null),
    (entries) => spoilHead(entries, "prunedSum", "0.5"),
    (entries) => spoilHead(entries, "adoptions", null),
  ]);
  later(cluster, 2_000, 12_000, () => {
    store.spoil = null;
  });
  const leader = cluster.leader();
  if (leader) cluster.kill(leader);
  await wait(cluster, 0, 3_000);
  if (leader) cluster.startAgain(leader);
  return effect;
}

function spoilTotals(entries: Map<string, Uint8Array>, total: unknown): void {
  for (const [name, content] of entries) {
    if (!name.startsWith("totals/")) continue;
    const [counter] = Object.keys(JSON.parse(Buffer.from(content).toString()));
    return void entries.set(name, Buffer.from(JSON.stringify({ [counter as string]: { eu: total } })));
  }
}

function spoilHead(entries: Map<string, Uint8Array>, field: string, value: unknown): void {
  const head = entries.get("head");
  if (!head) return;
  const end = head.indexOf(0x0a);
  const line = { ...JSON.parse(Buffer.from(head.subarray(0, end)).toString()), [field]: value };
  entries.set("head", Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), head.subarray(end + 1)]));
}
