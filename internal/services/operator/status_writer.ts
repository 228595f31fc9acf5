import type { CounterCluster, CounterClusterStatus } from "../../core/operator/counter_cluster.ts";
import { sameValue } from "../../core/operator/rollout.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi, KubernetesObject } from "../../ports/kubernetes.ts";
import { COUNTER_CLUSTERS } from "./cache.ts";
import { FIELD_MANAGER } from "./operator_name.ts";

/** One resource's status in the API, which is written when it has changed, and not too often. */
export class StatusWriter {
  readonly #api: KubernetesApi;
  readonly #clock: Clock;
  readonly #pause: number;
  /** The last one that was written: what the API tells may be older. */
  #written: { readonly status: CounterClusterStatus; readonly over: CounterClusterStatus | undefined } | null = null;
  #notBefore = Number.NEGATIVE_INFINITY;

  /** `pause`: milliseconds between two writes. */
  constructor(api: KubernetesApi, clock: Clock, pause: number) {
    this.#api = api;
    this.#clock = clock;
    this.#pause = pause;
  }

  /** Resolves to the milliseconds after which to come again; null: it is as wanted. Throws KubernetesError. */
  async write(cluster: CounterCluster, status: CounterClusterStatus): Promise<number | null> {
    if (sameValue(status, this.#present(cluster))) return null;
    const wait = this.#notBefore - this.#clock.monotonic();
    if (wait > 0) return wait;
    const { apiVersion, kind, metadata } = cluster;
    const { namespace, name, uid } = metadata;
    // With the uid, the status of a resource that is gone is never written on another one of its name.
    const object: KubernetesObject & Pick<CounterCluster, "status"> = {
      ...{ apiVersion, kind, metadata: { namespace, name, uid } },
      status,
    };
    await this.#api.apply(COUNTER_CLUSTERS, object, { fieldManager: FIELD_MANAGER, force: true, status: true });
    this.#written = { status, over: cluster.status };
    this.#notBefore = this.#clock.monotonic() + this.#pause;
    return null;
  }

  #present(cluster: CounterCluster): CounterClusterStatus | undefined {
    const stale = this.#written !== null && this.#written.over === cluster.status;
    return stale ? this.#written?.status : cluster.status;
  }
}
