import type { CounterCluster } from "../counter_cluster.ts";
import { type Component, certificateName } from "./names.ts";

const VOLUME = "tls";
/** Where a container finds the certificate of its pod. The keys are those of cert-manager's Secrets. */
const FOLDER = "/etc/global-cluster/tls";
export const CERTIFICATE_FILES = {
  ca: `${FOLDER}/ca.crt`,
  cert: `${FOLDER}/tls.crt`,
  key: `${FOLDER}/tls.key`,
} as const;

/** Readable by the pod's group alone, which is its fsGroup. */
const MODE = 0o440;

export function certificateVolume(cluster: CounterCluster, component: Component): object {
  return { name: VOLUME, secret: { secretName: certificateName(cluster, component), defaultMode: MODE } };
}

export const CERTIFICATE_MOUNT = { name: VOLUME, mountPath: FOLDER, readOnly: true } as const;
