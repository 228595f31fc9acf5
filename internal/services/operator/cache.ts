import type { PersistentVolumeClaim, Pod, StatefulSet } from "../../core/operator/children.ts";
import { API_VERSION, type CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi, KubernetesError, KubernetesObject, Resource } from "../../ports/kubernetes.ts";
import { CHILD_KINDS, type ChildKind, PODS, VOLUME_CLAIMS } from "./child_kinds.ts";
import { ForeignChildren } from "./foreign_children.ts";
import { FollowedObjects, keyOf } from "./informer.ts";

export const COUNTER_CLUSTERS: Resource = { apiVersion: API_VERSION, plural: "counterclusters", namespaced: true };

export interface ApiViewParts {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
  readonly class: string;
  /** Something about the resource `key` (`namespace/name`) has changed, if there is one. */
  readonly changed: (key: string) => void;
  readonly failed: (resource: Resource, error: KubernetesError) => void;
}

const NAME = "app.kubernetes.io/name";
const INSTANCE = "app.kubernetes.io/instance";
const COMPONENT = "app.kubernetes.io/component";
/** Everything that the operator makes carries it. */
const MADE_BY_US = "app.kubernetes.io/managed-by=global-cluster-operator";
/** The pods and volumes that come from what it makes. */
const OF_US = `${NAME}=global-cluster`;

type Seen<T> = KubernetesObject & T;

/** What the API server has told of resources and of everything that belongs to them. */
export class ApiView {
  readonly #parts: ApiViewParts;
  readonly #clusters: FollowedObjects<CounterCluster>;
  readonly #pods: FollowedObjects<Seen<Pod>>;
  /** Pods that went since the last observation of their resource: their last words must not be missed. */
  readonly #departed = new Map<string, Seen<Pod>[]>();
  readonly #volumes: FollowedObjects<Seen<PersistentVolumeClaim>>;
  readonly #children: ReadonlyMap<ChildKind, FollowedObjects<KubernetesObject>>;
  readonly #foreign: ForeignChildren;

  constructor(parts: ApiViewParts) {
    this.#parts = parts;
    this.#foreign = new ForeignChildren(parts.api, parts.clock);
    const { api, clock, namespaces, failed, changed } = parts;
    const ofInstance = (object: KubernetesObject) => changed(resourceOf(object));
    const shared = { api, clock, namespaces, failed };
    const resources = { resource: COUNTER_CLUSTERS, changed: (cluster: CounterCluster) => changed(keyOf(cluster)) };
    this.#clusters = new FollowedObjects({ ...shared, ...resources });
    const small = { ...shared, changed: ofInstance, labels: OF_US };
    const gone = (pod: Seen<Pod>) => this.#depart(pod);
    this.#pods = new FollowedObjects({ ...small, resource: PODS, keep: headAndStatus, gone });
    this.#volumes = new FollowedObjects({ ...small, resource: VOLUME_CLAIMS });
    this.#children = new Map(
      CHILD_KINDS.filter(({ foreign }) => !foreign).map((resource) => [
        resource,
        new FollowedObjects<KubernetesObject>({ ...shared, changed: ofInstance, resource, labels: MADE_BY_US }),
      ]),
    );
  }

  start(): void {
    for (const followed of this.#all()) followed.start();
  }

  stop(): void {
    for (const followed of this.#all()) followed.stop();
  }

  /** Kinds whose lists have not been read yet. */
  get unread(): number {
    return this.#all().filter(({ complete }) => !complete).length;
  }

  /** How many resources are this operator's. */
  get served(): number {
    return [...this.#clusters.all()].filter((cluster) => this.#serves(cluster)).length;
  }

  /** The resource, if there is one and it is this operator's to serve. */
  cluster(key: string): CounterCluster | undefined {
    const [namespace = "", name = ""] = key.split("/");
    const cluster = this.#clusters.get(namespace, name);
    return cluster && this.#serves(cluster) ? cluster : undefined;
  }

  /** Reads what is not followed, if that was long ago. Throws KubernetesError when the API server was not reached. */
  async refresh(cluster: CounterCluster): Promise<void> {
    await this.#foreign.refresh(cluster, `${MADE_BY_US},${INSTANCE}=${cluster.metadata.name}`);
  }

  child(kind: ChildKind, cluster: CounterCluster, name: string): KubernetesObject | undefined {
    if (!kind.foreign) return this.#children.get(kind)?.get(cluster.metadata.namespace, name);
    return [...this.#foreign.of(keyOf(cluster))].find(
      ([of, { metadata }]) => of === kind && metadata.name === name,
    )?.[1];
  }

  /** The operator made or changed the object, or deleted it. */
  note(cluster: CounterCluster, kind: ChildKind, object: KubernetesObject, gone = false): void {
    if (kind.foreign) this.#foreign.note(keyOf(cluster), kind, object, gone);
  }

  forget(key: string): void {
    this.#foreign.forget(key);
    this.#departed.delete(key);
  }

  statefulSet(namespace: string, name: string): Seen<StatefulSet> | null {
    return this.#childOf("StatefulSet", namespace, name);
  }

  /** All that the operator has made which carries the resource's name. */
  *children(cluster: CounterCluster): Iterable<readonly [ChildKind, KubernetesObject]> {
    yield* this.#foreign.of(keyOf(cluster));
    const { metadata } = cluster;
    for (const [kind, followed] of this.#children) {
      for (const object of followed.all()) {
        if (belongs(object, metadata.namespace, metadata.name)) yield [kind, object];
      }
    }
  }

  /** Pods of the resource's counters and of its managed store, with those that went since this was called last. */
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

  /** Pods of the store of an earlier resource of this name. */
  formerStorePods(cluster: CounterCluster): Seen<Pod>[] {
    return this.#podsOf(cluster).filter((pod) => componentOf(pod) === "etcd" && isOlder(pod, cluster));
  }

  volumes({ metadata: { namespace, name } }: CounterCluster): Seen<PersistentVolumeClaim>[] {
    return [...this.#volumes.all()].filter((claim) => belongs(claim, namespace, name));
  }

  #podsOf({ metadata: { namespace, name } }: CounterCluster): Seen<Pod>[] {
    return [...this.#pods.all()].filter((pod) => belongs(pod, namespace, name));
  }

  #depart(pod: Seen<Pod>): void {
    const key = resourceOf(pod);
    // One that was never told to leave is not one that drained, and must not be taken for one that runs.
    if (pod.metadata.deletionTimestamp === undefined || !this.cluster(key)) return;
    this.#departed.set(key, [...(this.#departed.get(key) ?? []), pod]);
  }

  #childOf<T>(kind: string, namespace: string, name: string): Seen<T> | null {
    const found = CHILD_KINDS.find((child) => child.kind === kind);
    return ((found && this.#children.get(found)?.get(namespace, name)) as Seen<T> | undefined) ?? null;
  }

  #serves(cluster: CounterCluster): boolean {
    return cluster.spec.class === this.#parts.class;
  }

  #all(): { readonly complete: boolean; start(): void; stop(): void }[] {
    return [this.#clusters, this.#pods, this.#volumes, ...this.#children.values()];
  }
}

function belongs({ metadata }: KubernetesObject, namespace: string, name: string): boolean {
  return metadata.namespace === namespace && metadata.labels?.[INSTANCE] === name;
}

/** `namespace/name` of the resource that an object says to belong to. */
function resourceOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.labels?.[INSTANCE] ?? ""}`;
}

function componentOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.labels?.[COMPONENT];
}

/** The chart's own pods have the same labels but for this one. */
function isPart(object: KubernetesObject): boolean {
  return ["counter", "etcd"].includes(componentOf(object) ?? "");
}

/** A pod of an earlier resource of this name speaks of another cluster. Times are ISO 8601 in UTC with whole seconds. */
function isOlder({ metadata }: KubernetesObject, cluster: CounterCluster): boolean {
  return (metadata.creationTimestamp ?? "") < (cluster.metadata.creationTimestamp ?? "");
}

/** Of a thousand pods, their specifications would take most of the memory. */
function headAndStatus(pod: Seen<Pod>): Seen<Pod> {
  const { managedFields: _, ...metadata } = pod.metadata as KubernetesObject["metadata"];
  return { apiVersion: pod.apiVersion, kind: pod.kind, metadata, ...(pod.status && { status: pod.status }) };
}
