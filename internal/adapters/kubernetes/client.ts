import { type KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import type { Clock } from "../../ports/clock.ts";
import {
  type ApplyOptions,
  type KubernetesApi,
  KubernetesError,
  type KubernetesObject,
  type ObjectMeta,
  type Resource,
  type Scope,
  type WatchHandler,
} from "../../ports/kubernetes.ts";
import type { Access } from "./access.ts";
import { withDeadline } from "./deadline.ts";
import { type ListWatchDeps, startListWatch } from "./list_watch.ts";
import { KeptConnections, ObjectRequests } from "./object_requests.ts";
import { allPages, type ListPage, PAGE_SIZE } from "./pages.ts";
import { collectionPath, objectPath } from "./paths.ts";
import { DEADLINE_MS, Reader } from "./reader.ts";

/** The library requires an object here. Path and body come from ObjectRequests. */
const HEAD = { apiVersion: "v1", kind: "Any", metadata: { name: "any" } };

type Call = (objects: KubernetesObjectApi) => Promise<unknown>;

/** The Kubernetes API through its client library. Only watches do without it: the library's informer can stop without an error. */
export class KubernetesClient implements KubernetesApi {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #userAgent: string;
  readonly #connections: KeptConnections;
  readonly #reader: Reader;
  readonly #deps: ListWatchDeps;

  /** `version`: of this program; the API server writes it into its audit log. */
  constructor(access: Access, deps: ListWatchDeps & { readonly version: string }) {
    this.#access = access;
    this.#clock = deps.clock;
    this.#userAgent = `global-cluster/${deps.version}`;
    this.#connections = new KeptConnections(access);
    this.#reader = new Reader(access, deps.clock, this.#userAgent);
    this.#deps = deps;
  }

  async read<T extends KubernetesObject>(resource: Resource, namespace: string, name: string): Promise<T | null> {
    const path = objectPath(resource, namespace, name);
    return (await unless(
      404,
      this.#send(path, null, (objects) => objects.read(HEAD)),
    )) as T | null;
  }

  async list<T extends KubernetesObject>(resource: Resource, { namespace, labels }: Scope): Promise<readonly T[]> {
    const path = collectionPath(resource, namespace);
    const none = undefined;
    const { items } = await allPages<T>(
      (next) =>
        this.#send(path, null, (objects) =>
          objects.list("v1", "Any", none, none, none, none, none, labels, PAGE_SIZE, next),
        ) as Promise<ListPage>,
    );
    return items;
  }

  async create<T extends KubernetesObject>(resource: Resource, object: T): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace);
    return (await this.#send(path, object, (objects) => objects.create(HEAD))) as T;
  }

  async apply<T extends KubernetesObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T> {
    const { namespace, name } = object.metadata;
    const { fieldManager, force, status, dryRun } = options;
    const path = objectPath(resource, namespace, name) + (status ? "/status" : "");
    const tried = dryRun ? "All" : undefined;
    return (await this.#send(path, object, (objects) =>
      objects.patch(HEAD, undefined, tried, fieldManager, force, PatchStrategy.ServerSideApply),
    )) as T;
  }

  async replace<T extends KubernetesObject>(resource: Resource, object: T, fieldManager: string): Promise<T> {
    const path = objectPath(resource, object.metadata.namespace, object.metadata.name);
    return (await this.#send(path, object, (objects) =>
      objects.replace(HEAD, undefined, undefined, fieldManager),
    )) as T;
  }

  async remove(resource: Resource, { namespace, name, uid }: ObjectMeta): Promise<void> {
    const options = { propagationPolicy: "Background", ...(uid && { preconditions: { uid } }) };
    const none = undefined;
    const path = objectPath(resource, namespace, name);
    const removed = unless(
      404,
      this.#send(path, null, (objects) => objects.delete(HEAD, none, none, none, none, none, options)),
    );
    await (uid ? unless(409, removed) : removed);
  }

  watch<T extends KubernetesObject>(resource: Resource, scope: Scope, handler: WatchHandler<T>): () => void {
    return startListWatch({ ...this.#deps, reader: this.#reader }, resource, scope, handler);
  }

  #send(path: string, body: object | null, call: Call): Promise<unknown> {
    const { server } = this.#access;
    const deadline = { clock: this.#clock, server, ms: DEADLINE_MS, late: `no response within ${DEADLINE_MS} ms` };
    return withDeadline(deadline, (signal) => {
      const request = { path, userAgent: this.#userAgent, signal, ...(body && { body }) };
      return call(new ObjectRequests(server, this.#connections, request));
    });
  }
}

/** Null if the API refuses with `status`. */
function unless<T>(status: number, response: Promise<T>): Promise<T | null> {
  return response.catch((error) => {
    if (error instanceof KubernetesError && error.status === status) return null;
    throw error;
  });
}
