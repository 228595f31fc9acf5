import type { ManagedFields } from "../core/kubernetes/managed_fields.ts";

/** The fields of every object of the Kubernetes API. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFields[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** A kind as the API's paths name it, for example `{ apiVersion: "apps/v1", plural: "deployments", namespaced: true }`. */
export interface Resource {
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Selects objects of a kind; without a namespace, in all namespaces. */
export interface Scope {
  readonly namespace?: string;
  /** A label selector, as for `kubectl -l`. */
  readonly labels?: string;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers. Otherwise a field of another manager is a KubernetesError with status 409. */
  readonly force: boolean;
  /** Applies only the status. */
  readonly status?: boolean;
  /** The API server checks the object and stores nothing. */
  readonly dryRun?: boolean;
}

/** What a `follow` tells. Handlers must not throw. */
export interface Follower<T extends KubernetesObject> {
  /** The whole list: at first, after a gap, and now and then. What is not in it is gone. */
  listed(objects: readonly T[]): void;
  changed(object: T): void;
  gone(object: T): void;
  /** Reading failed and will be tried again; told once until it works again. */
  failed(error: KubernetesError): void;
}

/** The Kubernetes API. Every method throws or reports KubernetesError. */
export interface KubernetesApi {
  /** Null if there is none. */
  read<T extends KubernetesObject>(resource: Resource, namespace: string, name: string): Promise<T | null>;
  list<T extends KubernetesObject>(resource: Resource, scope: Scope): Promise<readonly T[]>;
  create<T extends KubernetesObject>(resource: Resource, object: T): Promise<T>;
  /** Server-side apply: only the fields in `object` are this manager's. */
  apply<T extends KubernetesObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T>;
  /** Makes the object this one and nothing else. With a `resourceVersion` that is not its latest, a KubernetesError with the status 409. */
  replace<T extends KubernetesObject>(resource: Resource, object: T, fieldManager: string): Promise<T>;
  /** Does nothing if there is none, or if the one of that name has another uid by now. */
  remove(resource: Resource, object: ObjectMeta): Promise<void>;
  /** Keeps telling what there is, by list and watch, until the returned function is called. */
  follow<T extends KubernetesObject>(resource: Resource, scope: Scope, follower: Follower<T>): () => void;
}

/** The API server refused, or was not reached. */
export class KubernetesError extends Error {
  override readonly name = "KubernetesError";
  /** The HTTP status; null: not reached. */
  readonly status: number | null;
  /** As the API names it, for example `AlreadyExists`; empty if it gave none. */
  readonly reason: string;

  constructor(message: string, status: number | null, reason: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }
}
