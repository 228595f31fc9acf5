import type { PersistentVolumeClaim, Pod, StatefulSet } from "../../core/operator/children.ts";
import { API_VERSION, type CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi, KubernetesError, KubernetesObject, Resource } from "../../ports/kubernetes.ts";
import { CHILD_KINDS, type ChildKind, PODS, VOLUME_CLAIMS } from "./child_kinds.ts";
import { ForeignChildren } from "./foreign_children.ts";
import { Informer, keyOf } from "./informer.ts";

export const COUNTER_CLUSTERS: Resource = { apiVersion: API_VERSION, plural: "counterclusters", namespaced: true };

export interface CacheDeps {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
  readonly class: string;
  /** The resource `key` (`namespace/name`), or one of its objects, has changed. There may be no such resource. */
  readonly changed: (key: string) => void;
  readonly failed: (resource: Resource, error: KubernetesError) => void;
}

const NAME = "app.kubernetes.io/name";
const INSTANCE = "app.kubernetes.io/instance";
const COMPONENT = "app.kubernetes.io/component";
/** The label of all objects that the operator applies. */
const MADE_BY_US = "app.kubernetes.io/managed-by=global-cluster-operator";
/** The label of the pods and volumes that belong to those objects. */
const OF_US = `${NAME}=global-cluster`;

type Seen<T> = KubernetesObject & T;

/** The resources and all their objects, as the API server last reported them. */
export class Cache {
  readonly #deps: CacheDeps;
  readonly #clusters: Informer<CounterCluster>;
  readonly #pods: Informer<Seen<Pod>>;
  /** Pods that were deleted since their resource was last observed: their last messages must not be missed. */
  readonly #departed = new Map<string, Seen<Pod>[]>();
  readonly #volumes: Informer<Seen<PersistentVolumeClaim>>;
  readonly #children: ReadonlyMap<ChildKind, Informer<KubernetesObject>>;
  readonly #foreign: ForeignChildren;

  constructor(deps: CacheDeps) {
    this.#deps = deps;
    this.#foreign = new ForeignChildren(deps.api, deps.clock);
    const { api, clock, namespaces, failed, changed } = deps;
    const ofInstance = (object: KubernetesObject) => changed(resourceOf(object));
    const shared = { api, clock, namespaces, failed };
    const resources = { resource: COUNTER_CLUSTERS, changed: (cluster: CounterCluster) => changed(keyOf(cluster)) };
    this.#clusters = new Informer({ ...shared, ...resources });
    const small = { ...shared, changed: ofInstance, labels: OF_US };
    const deleted = (pod: Seen<Pod>) => this.#keepDeparted(pod);
    this.#pods = new Informer({ ...small, resource: PODS, keep: headAndStatus, deleted });
    this.#volumes = new Informer({ ...small, resource: VOLUME_CLAIMS });
    this.#children = new Map(
      CHILD_KINDS.filter(({ foreign }) => !foreign).map((resource) => [
        resource,
        new Informer<KubernetesObject>({ ...shared, changed: ofInstance, resource, labels: MADE_BY_US }),
      ]),
    );
  }

  start(): void {
    for (const informer of this.#all()) informer.start();
  }

  stop(): void {
    for (const informer of this.#all()) informer.stop();
  }

  /** Kinds whose lists have not been read yet. */
  get unread(): number {
    return this.#all().filter(({ complete }) => !complete).length;
  }

  /** The number of resources that this operator serves. */
  get served(): number {
    return [...this.#clusters.all()].filter((cluster) => this.#serves(cluster)).length;
  }

  /** The resource, if it exists and this operator serves it. */
  cluster(key: string): CounterCluster | undefined {
    const [namespace = "", name = ""] = key.split("/");
    const cluster = this.#clusters.get(namespace, name);
    return cluster && this.#serves(cluster) ? cluster : undefined;
  }

  /** Reads the kinds that no watch covers, unless they were read recently. Throws KubernetesError if the API server was not reached. */
  async refresh(cluster: CounterCluster): Promise<void> {
    await this.#foreign.refresh(cluster, `${MADE_BY_US},${INSTANCE}=${cluster.metadata.name}`);
  }

  child(kind: ChildKind, cluster: CounterCluster, name: string): KubernetesObject | undefined {
    if (!kind.foreign) return this.#children.get(kind)?.get(cluster.metadata.namespace, name);
    return [...this.#foreign.of(keyOf(cluster))].find(
      ([of, { metadata }]) => of === kind && metadata.name === name,
    )?.[1];
  }

  /** The operator has applied or deleted the object. */
  record(cluster: CounterCluster, kind: ChildKind, object: KubernetesObject, deleted = false): void {
    if (kind.foreign) this.#foreign.record(keyOf(cluster), kind, object, deleted);
  }

  forget(key: string): void {
    this.#foreign.forget(key);
    this.#departed.delete(key);
  }

  statefulSet(namespace: string, name: string): Seen<StatefulSet> | null {
    return this.#childOf("StatefulSet", namespace, name);
  }

  /** All objects of the operator that carry the resource's name. */
  *children(cluster: CounterCluster): Iterable<readonly [ChildKind, KubernetesObject]> {
    yield* this.#foreign.of(keyOf(cluster));
    const { metadata } = cluster;
    for (const [kind, informer] of this.#children) {
      for (const object of informer.all()) {
        if (belongs(object, metadata.namespace, metadata.name)) yield [kind, object];
      }
    }
  }

  /** Pods of the resource's counters and of its managed store, and those that were deleted since the last call. */
  takePods(cluster: CounterCluster): Seen<Pod>[] {
    const departed = this.#departed.get(keyOf(cluster)) ?? [];
    this.#departed.delete(keyOf(cluster));
    return [...this.#podsOf(cluster), ...departed].filter((pod) => isPart(pod) && !isOlder(pod, cluster));
  }

  counterPods(key: string): Seen<Pod>[] {
    const cluster = this.cluster(key);
    if (!cluster) return [];
    return this.#podsOf(cluster).filter((pod) => componentOf(pod) === "counter" && !isOlder(pod, cluster));
  }

  /** Store pods of an earlier resource of this name. */
  formerStorePods(cluster: CounterCluster): Seen<Pod>[] {
    return this.#podsOf(cluster).filter((pod) => componentOf(pod) === "etcd" && isOlder(pod, cluster));
  }

  volumes({ metadata: { namespace, name } }: CounterCluster): Seen<PersistentVolumeClaim>[] {
    return [...this.#volumes.all()].filter((claim) => belongs(claim, namespace, name));
  }

  #podsOf({ metadata: { namespace, name } }: CounterCluster): Seen<Pod>[] {
    return [...this.#pods.all()].filter((pod) => belongs(pod, namespace, name));
  }

  #keepDeparted(pod: Seen<Pod>): void {
    const key = resourceOf(pod);
    // A pod that was never told to stop did not drain, and must not count as running.
    if (pod.metadata.deletionTimestamp === undefined || !this.cluster(key)) return;
    this.#departed.set(key, [...(this.#departed.get(key) ?? []), pod]);
  }

  #childOf<T>(kind: string, namespace: string, name: string): Seen<T> | null {
    const found = CHILD_KINDS.find((child) => child.kind === kind);
    return ((found && this.#children.get(found)?.get(namespace, name)) as Seen<T> | undefined) ?? null;
  }

  #serves(cluster: CounterCluster): boolean {
    return cluster.spec.class === this.#deps.class;
  }

  #all(): { readonly complete: boolean; start(): void; stop(): void }[] {
    return [this.#clusters, this.#pods, this.#volumes, ...this.#children.values()];
  }
}

function belongs({ metadata }: KubernetesObject, namespace: string, name: string): boolean {
  return metadata.namespace === namespace && metadata.labels?.[INSTANCE] === name;
}

/** `namespace/name` of the resource that an object names in its labels. */
function resourceOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.labels?.[INSTANCE] ?? ""}`;
}

function componentOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.labels?.[COMPONENT];
}

/** Whether it is a counter or a store. The chart's own pods differ only in this label. */
function isPart(object: KubernetesObject): boolean {
  return ["counter", "etcd"].includes(componentOf(object) ?? "");
}

/** Whether it belongs to an earlier resource of this name, and so to another cluster. Times are ISO 8601 in UTC with whole seconds. */
function isOlder({ metadata }: KubernetesObject, cluster: CounterCluster): boolean {
  return (metadata.creationTimestamp ?? "") < (cluster.metadata.creationTimestamp ?? "");
}

/** Leaves out the specification, which takes most of the memory of a thousand pods. */
function headAndStatus(pod: Seen<Pod>): Seen<Pod> {
  const { managedFields: _, ...metadata } = pod.metadata as KubernetesObject["metadata"];
  return { apiVersion: pod.apiVersion, kind: pod.kind, metadata, ...(pod.status && { status: pod.status }) };
}
