import { connectKubernetes } from "../../internal/adapters/kubernetes/connect.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../internal/adapters/system/system_random.ts";
import { API_VERSION, KIND } from "../../internal/core/operator/counter_cluster.ts";
import type { KubernetesApi, KubernetesObject, Resource } from "../../internal/ports/kubernetes.ts";
import { silentLog as logger } from "../ports/store/store_backends.ts";
import { CannotRun, type Target } from "./attack.ts";

export const COUNTER_CLUSTERS: Resource = { apiVersion: API_VERSION, plural: "counterclusters", namespaced: true };
const ATTACKER = "attacks";

/** Somebody who may create CounterClusters in one namespace. */
export interface KubernetesAttacker {
  readonly api: KubernetesApi;
  readonly namespace: string;
  /** Creates a resource; with `dryRun`, the API server only says whether it would. Throws KubernetesError. */
  make(name: string, spec: object, dryRun?: boolean): Promise<KubernetesObject>;
}

/** Throws CannotRun if the target has no way to a Kubernetes API. */
export async function kubernetesAttacker({ kubeconfig, namespace }: Target): Promise<KubernetesAttacker> {
  if (kubeconfig === undefined || namespace === undefined) throw new CannotRun("it needs a kubeconfig and a namespace");
  const api = await connectKubernetes(kubeconfig, { clock, random, logger, version: ATTACKER });
  const make = (name: string, spec: object, dryRun = false) => {
    const object: KubernetesObject & object = {
      ...{ apiVersion: API_VERSION, kind: KIND, metadata: { name, namespace } },
      ...{ spec: { replicas: 1, store: { etcd: { managed: { emptyDir: {} } } }, ...spec } },
    };
    return api.apply<KubernetesObject>(COUNTER_CLUSTERS, object, { fieldManager: ATTACKER, force: true, dryRun });
  };
  return { api, namespace, make };
}
