import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { anyUp, type Effect, later, wait } from "./fault.ts";
import { storeAway } from "./store_faults.ts";

export async function killAndRestart(cluster: SimCluster, machine: Machine | undefined): Promise<Effect> {
  if (!machine?.life) return false;
  cluster.kill(machine);
  await wait(cluster, 0, 5_000);
  cluster.startAgain(machine);
  return true;
}

export async function killAll(cluster: SimCluster): Promise<Effect> {
  const up = cluster.up();
  for (const machine of up) cluster.kill(machine);
  await wait(cluster, 0, 4_000);
  for (const machine of up) cluster.startAgain(machine);
  return up.length > 0;
}

export async function losePower(cluster: SimCluster, machine: Machine | undefined): Promise<Effect> {
  if (!machine) return false;
  cluster.losePower(machine);
  await wait(cluster, 100, 4_000);
  cluster.startAgain(machine);
  return true;
}

export async function pause(cluster: SimCluster, machine: Machine | undefined): Promise<Effect> {
  const process = machine?.life?.process;
  if (!machine || !process) return false;
  cluster.pause(machine);
  later(cluster, 200, 9_000, () => cluster.wake(machine));
  return () => process.missedEver > 0;
}

export async function jumpClock(cluster: SimCluster): Promise<Effect> {
  const life = anyUp(cluster)?.life;
  if (!life) return false;
  cluster.accounts.hours.lookAtClocks();
  life.clock.wallError += cluster.world.random.pick([-3_600_000, -5_000, 5_000, 86_400_000]);
  return true;
}

/** Hours or days pass in which nothing happens. */
export async function timePasses(cluster: SimCluster): Promise<Effect> {
  const before = cluster.accounts.hours.hours.size;
  cluster.accounts.hours.lookAtClocks();
  cluster.world.wallStart += cluster.world.random.pick([1, 5, 26, 80]) * 3_600_000;
  return () => cluster.accounts.hours.hours.size > before;
}

const MOST_MACHINES = 11;

export async function join(cluster: SimCluster): Promise<Effect> {
  if (cluster.machines.size >= MOST_MACHINES) return false;
  const machine = cluster.machine(`node-${cluster.machines.size + 1}`, cluster.world.random.chance(0.85));
  return cluster.start(machine) !== null;
}

export async function leave(cluster: SimCluster, machine: Machine | undefined): Promise<Effect> {
  if (!machine?.life || machine.life.draining) return false;
  cluster.drain(machine);
  return true;
}

export async function leaveWhileAway(cluster: SimCluster): Promise<Effect> {
  await storeAway(cluster);
  await wait(cluster, 0, 3_000);
  return leave(cluster, anyUp(cluster));
}

export async function scaleToZero(cluster: SimCluster): Promise<Effect> {
  const up = cluster.up();
  for (const machine of up) cluster.drain(machine);
  await cluster.until(() => cluster.up().length === 0, 40_000);
  for (const machine of up) cluster.startAgain(machine);
  return up.length > 0;
}

/** Kills a node or drains it, until its process has ended or 40 s have passed. */
export async function end(cluster: SimCluster, machine: Machine): Promise<void> {
  if (cluster.world.random.chance(0.5)) return cluster.kill(machine);
  cluster.drain(machine);
  await cluster.until(() => machine.life === null, 40_000);
}
