import { isRecent } from "../iso_time.ts";
import type { PersistentVolumeClaim, StorageClass } from "./children.ts";
import { type Failure, PENDING_TIMEOUT_MS } from "./failure.ts";
import type { Findings } from "./findings.ts";
import { storeVolumes } from "./volumes.ts";

/** https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass */
const IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";
const CLASS_FIELD = "spec.store.etcd.managed.storage.storageClassName";

/** Volumes of an earlier store on which this one is not started. */
export function keptVolumes({ cluster, foreignVolumes }: Findings): Failure[] {
  if (!foreignVolumes) return [];
  const { names, members } = foreignVolumes;
  const wanted = cluster.spec.store.etcd.managed?.members;
  const found =
    members === null
      ? "there are volumes that do not say which store they belong to"
      : `there are volumes of an earlier store with ${counted(members)}, and this one is to have ${wanted}`;
  const keep =
    members === null
      ? "To keep them, give the resource another name."
      : `To go on from their total, set spec.store.etcd.managed.members to ${members} in a new resource.`;
  const drop = `To begin at zero, delete them: kubectl delete pvc -n ${cluster.metadata.namespace} ${names.join(" ")}`;
  return [{ reason: "KeptVolumes", message: `The store is not started, because ${found}. ${keep} ${drop}` }];
}

export function pendingVolumes({ cluster, volumes, storageClasses, now }: Findings): Failure[] {
  return storeVolumes(cluster, volumes)
    .filter(({ status }) => status?.phase === "Pending")
    .flatMap((volume) => noStorageClass(volume, storageClasses) ?? pendingTooLong(volume, now) ?? []);
}

/** A volume that will stay pending, however long one waits. */
function noStorageClass(
  { metadata, spec }: PersistentVolumeClaim,
  classes: readonly StorageClass[] | null,
): Failure | null {
  const wanted = spec?.storageClassName;
  const pending = `The volume ${metadata.name} is pending because`;
  // If there is a default class, the API server has filled in its name.
  if (wanted === undefined && !classes?.some(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === "true")) {
    const message = `${pending} there is no default StorageClass. Create one, or name one in ${CLASS_FIELD}`;
    return { reason: "NoDefaultStorageClass", message };
  }
  if (wanted && classes?.every(({ metadata }) => metadata.name !== wanted)) {
    const message = `${pending} there is no StorageClass ${wanted}. Create it, or name another one in ${CLASS_FIELD}`;
    return { reason: "NoSuchStorageClass", message };
  }
  return null;
}

function pendingTooLong({ metadata, spec }: PersistentVolumeClaim, now: number): Failure | null {
  if (isRecent(metadata.creationTimestamp, PENDING_TIMEOUT_MS, now)) return null;
  const wanted = spec?.storageClassName;
  const by = wanted ? `, which the StorageClass ${wanted} should provide,` : "";
  return {
    reason: "VolumePending",
    message: `The volume ${metadata.name}${by} is still pending. To see why: kubectl describe pvc ${metadata.name}`,
  };
}

function counted(members: number): string {
  return members === 1 ? "1 member" : `${members} members`;
}
