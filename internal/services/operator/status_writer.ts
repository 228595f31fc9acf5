import type { CounterCluster, CounterClusterStatus } from "../../core/operator/counter_cluster.ts";
import { sameValue } from "../../core/operator/rollout.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi, KubernetesObject } from "../../ports/kubernetes.ts";
import { COUNTER_CLUSTERS } from "./cache.ts";
import { FIELD_MANAGER } from "./operator_name.ts";

/** Writes one resource's status when it has changed, and not too often. */
export class StatusWriter {
  readonly #api: KubernetesApi;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  /** The status that was written last. The cache may still have an older one. */
  #written: { readonly status: CounterClusterStatus; readonly over: CounterClusterStatus | undefined } | null = null;
  #notBefore = Number.NEGATIVE_INFINITY;

  /** `intervalMs`: milliseconds between two writes. */
  constructor(api: KubernetesApi, clock: Clock, intervalMs: number) {
    this.#api = api;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Resolves to the milliseconds until it may write; null if the status is as wanted. Throws KubernetesError. */
  async write(cluster: CounterCluster, status: CounterClusterStatus): Promise<number | null> {
    if (sameValue(status, this.#present(cluster))) return null;
    const wait = this.#notBefore - this.#clock.monotonic();
    if (wait > 0) return wait;
    const { apiVersion, kind, metadata } = cluster;
    const { namespace, name, uid } = metadata;
    // With the uid, the status of a deleted resource is never written to another one of its name.
    const object: KubernetesObject & Pick<CounterCluster, "status"> = {
      ...{ apiVersion, kind, metadata: { namespace, name, uid } },
      status,
    };
    await this.#api.apply(COUNTER_CLUSTERS, object, { fieldManager: FIELD_MANAGER, force: true, status: true });
    this.#written = { status, over: cluster.status };
    this.#notBefore = this.#clock.monotonic() + this.#intervalMs;
    return null;
  }

  #present(cluster: CounterCluster): CounterClusterStatus | undefined {
    const stale = this.#written !== null && this.#written.over === cluster.status;
    return stale ? this.#written?.status : cluster.status;
  }
}
