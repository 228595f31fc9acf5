import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { Clock } from "../../ports/clock.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../ports/kubernetes.ts";
import { CHILD_KINDS, type ChildKind } from "./child_kinds.ts";
import { keyOf } from "./informer.ts";

/** Milliseconds between two reads. Most Kubernetes clusters lack these kinds, so a watch would fail forever. Manual changes are undone this late. */
const REREAD_INTERVAL_MS = 300_000;

interface Read {
  readonly at: number;
  readonly objects: Map<string, readonly [ChildKind, KubernetesObject]>;
}

/** The objects of one operator's resources whose kinds other software defines. They are read now and then, not watched. */
export class ForeignChildren {
  readonly #api: KubernetesApi;
  readonly #clock: Clock;
  readonly #kinds = CHILD_KINDS.filter(({ foreign }) => foreign);
  readonly #read = new Map<string, Read>();

  constructor(api: KubernetesApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Throws KubernetesError if the API server was not reached. */
  async refresh(cluster: CounterCluster, labels: string): Promise<void> {
    const key = keyOf(cluster);
    const now = this.#clock.monotonic();
    if (now - (this.#read.get(key)?.at ?? Number.NEGATIVE_INFINITY) < REREAD_INTERVAL_MS) return;
    const objects = new Map<string, readonly [ChildKind, KubernetesObject]>();
    for (const kind of this.#kinds) {
      for (const object of await this.#list(kind, cluster.metadata.namespace, labels)) {
        objects.set(titleOf(kind, object), [kind, object]);
      }
    }
    this.#read.set(key, { at: now, objects });
  }

  of(key: string): Iterable<readonly [ChildKind, KubernetesObject]> {
    return this.#read.get(key)?.objects.values() ?? [];
  }

  /** The operator has applied or deleted the object. */
  record(key: string, kind: ChildKind, object: KubernetesObject, deleted = false): void {
    const objects = this.#read.get(key)?.objects;
    if (deleted) objects?.delete(titleOf(kind, object));
    else objects?.set(titleOf(kind, object), [kind, object]);
  }

  forget(key: string): void {
    this.#read.delete(key);
  }

  /** Empty if the cluster lacks the kind, or if the operator may not list it. */
  async #list(kind: ChildKind, namespace: string, labels: string): Promise<readonly KubernetesObject[]> {
    try {
      return await this.#api.list(kind, { namespace, labels });
    } catch (error) {
      if (error instanceof KubernetesError && (error.status === 404 || error.status === 403)) return [];
      throw error;
    }
  }
}

function titleOf({ kind }: ChildKind, { metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}
