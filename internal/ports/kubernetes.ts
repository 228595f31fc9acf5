import type { ManagedFields } from "../core/kubernetes/managed_fields.ts";

/** The fields of every object in the Kubernetes API. */
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

/** A selection of a kind's objects; without a namespace, those of all namespaces. */
export interface Scope {
  readonly namespace?: string;
  /** In the syntax of `kubectl -l`. */
  readonly labels?: string;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes over fields of other managers. Without it, a conflict is a KubernetesError with the status 409. */
  readonly force: boolean;
  /** Applies only the status. */
  readonly status?: boolean;
  /** The API server checks the object and stores nothing. */
  readonly dryRun?: boolean;
}

/** Receives what a watch reports. */
export interface WatchHandler<T extends KubernetesObject> {
  /** The whole list: at first, after a gap, and every ten minutes. Objects that are not in it no longer exist. */
  listed(objects: readonly T[]): void;
  changed(object: T): void;
  deleted(object: T): void;
  /** Reading failed and will be retried. Reported once until it works again. */
  failed(error: KubernetesError): void;
}

/** Reports what exists, by list and watch. */
export interface KubernetesWatcher {
  /** Reports until the returned function is called. Errors go to the handler. */
  watch<T extends KubernetesObject>(resource: Resource, scope: Scope, handler: WatchHandler<T>): () => void;
}

/** The Kubernetes API. Every method throws or reports KubernetesError. */
export interface KubernetesApi extends KubernetesWatcher {
  /** Null if there is none. */
  read<T extends KubernetesObject>(resource: Resource, namespace: string, name: string): Promise<T | null>;
  list<T extends KubernetesObject>(resource: Resource, scope: Scope): Promise<readonly T[]>;
  create<T extends KubernetesObject>(resource: Resource, object: T): Promise<T>;
  /** Server-side apply: sets the fields in `object`, and removes those that this manager set before and that are not in it. */
  apply<T extends KubernetesObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T>;
  /** Replaces the whole object. Throws KubernetesError with the status 409 if its `resourceVersion` is not the latest. */
  replace<T extends KubernetesObject>(resource: Resource, object: T, fieldManager: string): Promise<T>;
  /** Deletes the object. Does nothing if there is none, or if the object of that name has another uid. */
  remove(resource: Resource, object: ObjectMeta): Promise<void>;
}

/** The API server refused the request, or was not reached. */
export class KubernetesError extends Error {
  override readonly name = "KubernetesError";
  /** The HTTP status; null if the server was not reached. */
  readonly status: number | null;
  /** The API's reason, for example `AlreadyExists`; empty if it gave none. */
  readonly reason: string;

  constructor(message: string, status: number | null, reason: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }
}
