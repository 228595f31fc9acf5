import type { PersistentVolumeClaim } from "./children.ts";
import type { CounterCluster } from "./counter_cluster.ts";
import type { Observation } from "./observation.ts";

/** Label of each volume: how many members the store has whose data it holds. */
export const MEMBERS_LABEL = "globalcluster.dev/members";

/** Volumes of an earlier store of this name on which this store must not be started. */
export interface ForeignVolumes {
  readonly names: readonly string[];
  /** How many members the earlier store had; null: its volumes do not say. */
  readonly members: number | null;
}

/**
 * A store must not start on volumes of another number of members: the members with empty volumes would found a second cluster beside the one
 * that has the total. Such volumes are not mounted at all. Null: all volumes fit.
 */
export function foreignVolumes({ cluster, statefulSet, volumes }: Observation): ForeignVolumes | null {
  const wanted = cluster.spec.store.etcd.managed;
  // An existing set was created when all volumes fitted, and its number of members cannot be changed.
  if (!wanted || wanted.emptyDir || statefulSet) return null;
  const foreign = storeVolumes(cluster, volumes).filter((volume) => membersOf(volume) !== wanted.members);
  const [first] = foreign;
  return first ? { names: foreign.map(({ metadata }) => metadata.name), members: membersOf(first) } : null;
}

/** The volumes that the store's pods would mount: `data-NAME-etcd-N`. */
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
