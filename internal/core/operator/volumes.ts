import type { PersistentVolumeClaim } from "./children.ts";
import type { CounterCluster } from "./counter_cluster.ts";
import type { Observation } from "./observation.ts";

/** Label of each volume: how many members the store has that its data belong to. */
export const MEMBERS_LABEL = "globalcluster.dev/members";

/** Milliseconds that a volume may be in the making, and a pod may wait for it or for a machine: in each installation some do. */
export const PENDING_FOR = 60_000;

/** Volumes that an earlier store of this name has left, and that this one must not be started on. */
export interface ForeignVolumes {
  readonly names: readonly string[];
  /** Null: they do not say. */
  readonly members: number | null;
}

/**
 * Members that are added to, or taken from, a store that has data found a second one (one member answers with the old total, the
 * others with none), so volumes of another count are not mounted at all. Null: all fit.
 */
export function foreignVolumes({ cluster, statefulSet, volumes }: Observation): ForeignVolumes | null {
  const wanted = cluster.spec.store.etcd.managed;
  // A set that is there was made when all fitted, and its count cannot be changed since.
  if (!wanted || wanted.emptyDir || statefulSet) return null;
  const foreign = storeVolumes(cluster, volumes).filter((volume) => membersOf(volume) !== wanted.members);
  const [first] = foreign;
  return first ? { names: foreign.map(({ metadata }) => metadata.name), members: membersOf(first) } : null;
}

/** The volumes that the store's pods would be given: `data-NAME-etcd-N`. */
export function storeVolumes(
  cluster: CounterCluster,
  volumes: readonly PersistentVolumeClaim[],
): PersistentVolumeClaim[] {
  const prefix = `data-${cluster.metadata.name}-etcd-`;
  return volumes.filter(({ metadata: { name } }) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)));
}

function membersOf({ metadata }: PersistentVolumeClaim): number | null {
  const label = metadata.labels?.[MEMBERS_LABEL];
  return label === undefined ? null : Number(label);
}
