import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";

/** Whether a fault changed anything: known at once, or at the end of the history. */
export type Effect = boolean | (() => boolean);

/** A fault that happens to a cluster, and passes. */
export interface Fault {
  readonly name: string;
  happen(cluster: SimCluster): Promise<Effect>;
}

/** An effect that shows in a number: it grows after this call. */
export function grows(count: () => number): () => boolean {
  const before = count();
  return () => count() > before;
}

/** Any machine whose process runs. */
export function anyUp(cluster: SimCluster): Machine | undefined {
  return anyOf(cluster, cluster.up());
}

/** Any machine whose process runs, does not drain, and has a disk. */
export function anyWithDisk(cluster: SimCluster): Machine | undefined {
  return anyOf(
    cluster,
    cluster.up().filter(({ disk, life }) => disk !== null && !life?.draining),
  );
}

function anyOf(cluster: SimCluster, machines: readonly Machine[]): Machine | undefined {
  return machines.length > 0 ? cluster.world.random.pick(machines) : undefined;
}

/** Lets a random time pass. */
export function wait(cluster: SimCluster, least: number, most: number): Promise<boolean> {
  return cluster.run(cluster.world.random.between(least, most));
}

/** Undoes a fault after a random time. */
export function later(cluster: SimCluster, least: number, most: number, undo: () => void): void {
  cluster.world.after(cluster.world.random.between(least, most), undo);
}

/** So many nodes come, count and leave that the ledger may forget one that left before. */
export async function comeAndGo(cluster: SimCluster, than: string): Promise<void> {
  for (let i = 0; i < 4; i++) {
    const guest = cluster.machine(`guest-${cluster.machines.size}-after-${than}`);
    cluster.start(guest);
    await cluster.run(1_000);
    cluster.hit(guest);
    await cluster.run(1_500);
    cluster.drain(guest);
  }
  await wait(cluster, 5_000, 45_000);
}
