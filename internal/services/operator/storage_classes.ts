import type { StorageClass } from "../../core/operator/children.ts";
import type { Clock } from "../../ports/clock.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject, type Resource } from "../../ports/kubernetes.ts";

const STORAGE_CLASSES: Resource = { apiVersion: "storage.k8s.io/v1", plural: "storageclasses", namespaced: false };
/** Milliseconds. They hardly ever change, and are of interest only while a volume is pending. */
const KNOWN_FOR = 30_000;

/** The storage classes of the Kubernetes cluster, read when somebody wants to know. */
export class StorageClasses {
  readonly #api: KubernetesApi;
  readonly #clock: Clock;
  #known: readonly StorageClass[] | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(api: KubernetesApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Null: they cannot be read. Where an operator serves only some namespaces it may not. */
  async read(): Promise<readonly StorageClass[] | null> {
    const now = this.#clock.monotonic();
    if (now - this.#readAt < KNOWN_FOR) return this.#known;
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
