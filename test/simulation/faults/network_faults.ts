import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import type { SimCluster } from "../cluster.ts";
import { impersonateLeader } from "../impostor.ts";
import { anyUp, type Effect, grows, later } from "./fault.ts";
import { leaveWhileAway } from "./process_faults.ts";

export async function cutLink(cluster: SimCluster): Promise<Effect> {
  const { random } = cluster.world;
  const names = [...cluster.machines.keys()];
  cluster.network.cut(random.pick(names), random.pick(names));
  return healed(cluster, 300, 8_000);
}

export async function cutOneWay(cluster: SimCluster): Promise<Effect> {
  const { random } = cluster.world;
  const names = [...cluster.machines.keys()];
  const one = random.chance(0.5) ? (cluster.leader()?.name ?? random.pick(names)) : random.pick(names);
  const towards = random.chance(0.5);
  const others = random.chance(0.5) ? names : [random.pick(names)];
  for (const other of others)
    if (other !== one) cluster.network.cutOneWay(towards ? other : one, towards ? one : other);
  return healed(cluster, 300, 12_000);
}

export async function cutLeader(cluster: SimCluster): Promise<Effect> {
  const leader = cluster.leader();
  if (!leader) return false;
  for (const name of cluster.machines.keys()) if (name !== leader.name) cluster.network.cut(leader.name, name);
  return healed(cluster, 300, 14_000);
}

function healed(cluster: SimCluster, least: number, most: number): Effect {
  later(cluster, least, most, () => cluster.network.heal());
  return grows(() => cluster.network.held);
}

export async function refuseLeader(cluster: SimCluster): Promise<Effect> {
  const { network } = cluster;
  const [node, leader] = [anyUp(cluster), cluster.leader()];
  if (!node || !leader || node === leader) return false;
  const way = `${node.name} ${leader.name}`;
  network.refused.add(way);
  network.dropBetween(leader.name, node.name);
  later(cluster, 300, 12_000, () => network.refused.delete(way));
  return grows(() => network.disturbed);
}

/** Some claim an epoch that is to come, others the one that leads. */
export async function claimToLead(cluster: SimCluster): Promise<Effect> {
  const { network, store, world } = cluster;
  const node = anyUp(cluster);
  const ledger = decodeLedger(store.entries);
  if (!node || !ledger || network.authenticates) return false;
  const epoch = world.random.pick([store.leader?.epoch ?? 1, store.revision + 1, 2 ** 53 - 1]);
  const claim = { leader: "ffffffffffffffff", epoch, ledger, sources: [...ledger.sources.keys()] };
  const replies = impersonateLeader(cluster, node, claim);
  return () => replies.length > 0;
}

/** One end of each stream of a node finds it broken, and the other end for a long time does not. */
export async function halfOpen(cluster: SimCluster): Promise<Effect> {
  const { network, world } = cluster;
  const machine = anyUp(cluster);
  if (!machine) return false;
  network.halfOpen = 0.7;
  later(cluster, 1_000, 6_000, () => {
    network.halfOpen = 0;
  });
  const effect = grows(() => network.halfOpened);
  network.drop(world.random.chance(0.5) ? (cluster.leader()?.name ?? machine.name) : machine.name);
  return effect;
}

export async function badNetwork(cluster: SimCluster): Promise<Effect> {
  const { network, world } = cluster;
  const bad = { jitter: world.random.pick([5, 100, 700]), duplicate: 0.1, reorder: 0.1, loseAnswers: 0.3 };
  return misbehaves(cluster, bad, () => network.disturbed);
}

/** Requests between nodes are lost before they arrive. There are some when a node hands its logs over, or when it is not collected. */
export async function loseRequests(cluster: SimCluster): Promise<Effect> {
  const effect = misbehaves(cluster, { loseRequests: 0.5 }, () => cluster.network.lostRequests);
  if (cluster.world.random.chance(0.7)) await leaveWhileAway(cluster);
  return effect;
}

function misbehaves(cluster: SimCluster, how: object, count: () => number): Effect {
  const effect = grows(count);
  Object.assign(cluster.network, how);
  later(cluster, 1_000, 6_000, () => cluster.network.calm());
  return effect;
}
