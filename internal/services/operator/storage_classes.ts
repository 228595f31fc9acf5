import type { StorageClass } from "../../core/operator/children.ts";
import type { Clock } from "../../ports/clock.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject, type Resource } from "../../ports/kubernetes.ts";

const STORAGE_CLASSES: Resource = { apiVersion: "storage.k8s.io/v1", plural: "storageclasses", namespaced: false };
/** Milliseconds between two reads. Storage classes hardly ever change, and matter only while a volume is pending. */
const REREAD_INTERVAL_MS = 30_000;

/** The storage classes of the Kubernetes cluster, read on demand. */
export class StorageClasses {
  readonly #api: KubernetesApi;
  readonly #clock: Clock;
  #known: readonly StorageClass[] | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(api: KubernetesApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Null if they cannot be read. An operator that serves only some namespaces may not read them. */
  async read(): Promise<readonly StorageClass[] | null> {
    const now = this.#clock.monotonic();
    if (now - this.#readAt < REREAD_INTERVAL_MS) return this.#known;
    this.#readAt = now;
    try {
      this.#known = await this.#api.list<KubernetesObject>(STORAGE_CLASSES, {});
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      this.#known = null;
    }
    return this.#known;
  }
}
