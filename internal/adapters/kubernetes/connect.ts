import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi, KubernetesWatcher } from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import type { Access } from "./access.ts";
import { inClusterAccess, kubeconfigAccess } from "./kubeconfig.ts";
import { startListWatch } from "./list_watch.ts";
import { Reader } from "./reader.ts";
import { serviceAccountAccess } from "./service_account.ts";

export interface ConnectOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Of this program; the API server writes it into its audit log. */
  readonly version: string;
}

/**
 * A client of the whole API. It sends nothing yet. `kubeconfig`: a path; null: that of KUBECONFIG, otherwise in a pod its service account,
 * otherwise ~/.kube/config. Throws KubernetesError if there is no way to the API.
 */
export async function connectKubernetes(kubeconfig: string | null, options: ConnectOptions): Promise<KubernetesApi> {
  const inPod = kubeconfig === null && serviceHost() !== null;
  const access = await (inPod ? inClusterAccess() : kubeconfigAccess(kubeconfig));
  const { KubernetesClient } = await import("./client.ts");
  return new KubernetesClient(access, options);
}

/**
 * For counters, which only watch their pods. In a pod this does without the client library: loading it would take 85 MB in each of them,
 * and block a leader for half a second while it acknowledges hits.
 */
export async function connectWatcher(options: ConnectOptions): Promise<KubernetesWatcher> {
  const host = serviceHost();
  const port = process.env.KUBERNETES_SERVICE_PORT ?? "443";
  return watcherWith(host === null ? await kubeconfigAccess(null) : serviceAccountAccess(host, port), options);
}

export function watcherWith(access: Access, options: ConnectOptions): KubernetesWatcher {
  const reader = new Reader(access, options.clock, `global-cluster/${options.version}`);
  return { watch: (resource, scope, handler) => startListWatch({ ...options, reader }, resource, scope, handler) };
}

/** The API server's host as Kubernetes names it in a pod. Null outside of a pod, and if KUBECONFIG names another way. */
function serviceHost(): string | null {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST } = process.env;
  return KUBECONFIG ? null : (KUBERNETES_SERVICE_HOST ?? null);
}
