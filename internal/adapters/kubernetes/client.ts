import {
  type ApplyOptions,
  type Follower,
  type KubernetesApi,
  KubernetesError,
  type KubernetesObject,
  type ObjectMeta,
  type Resource,
  type Scope,
} from "../../ports/kubernetes.ts";
import { Following, type FollowingParts } from "./list_watch.ts";
import { listAll } from "./pages.ts";
import { collectionPath, objectPath } from "./paths.ts";
import type { Requests } from "./reader.ts";

/** The API server behind `requests`. */
export class HttpKubernetesApi implements KubernetesApi {
  readonly #requests: Requests;
  readonly #parts: FollowingParts;

  constructor(requests: Requests, parts: FollowingParts) {
    this.#requests = requests;
    this.#parts = parts;
  }

  async read<T extends KubernetesObject>(resource: Resource, namespace: string, name: string): Promise<T | null> {
    const answer = this.#requests.send({ method: "GET", path: objectPath(resource, namespace, name) });
    return (await unless(404, answer)) as T | null;
  }

  async list<T extends KubernetesObject>(resource: Resource, scope: Scope): Promise<readonly T[]> {
    return (await listAll<T>(this.#requests, resource, scope)).items;
  }

  async create<T extends KubernetesObject>(resource: Resource, object: T): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace);
    return (await this.#requests.send({ method: "POST", path, body: json(object) })) as T;
  }

  async apply<T extends KubernetesObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T> {
    const { namespace, name } = object.metadata;
    const { fieldManager, force, status, dryRun } = options;
    const path = objectPath(resource, namespace, name) + (status ? "/status" : "");
    const query = { fieldManager, force: String(force), ...(dryRun && { dryRun: "All" }) };
    // JSON is YAML, and this is the type that every version of the API knows.
    const body = { type: "application/apply-patch+yaml", value: object };
    return (await this.#requests.send({ method: "PATCH", path, query, body })) as T;
  }

  async replace<T extends KubernetesObject>(resource: Resource, object: T, fieldManager: string): Promise<T> {
    const path = objectPath(resource, object.metadata.namespace, object.metadata.name);
    return (await this.#requests.send({ method: "PUT", path, query: { fieldManager }, body: json(object) })) as T;
  }

  async remove(resource: Resource, { namespace, name, uid }: ObjectMeta): Promise<void> {
    const options = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      ...(uid && { preconditions: { uid } }),
    };
    const path = objectPath(resource, namespace, name);
    const answer = unless(404, this.#requests.send({ method: "DELETE", path, body: json(options) }));
    await (uid ? unless(409, answer) : answer);
  }

  follow<T extends KubernetesObject>(resource: Resource, scope: Scope, follower: Follower<T>): () => void {
    const following = new Following(this.#requests, resource, scope, follower, this.#parts);
    void following.run();
    return () => following.stop();
  }
}

function json(value: unknown) {
  return { type: "application/json", value };
}

/** Null where the API refuses with `status`. */
function unless<T>(status: number, answer: Promise<T>): Promise<T | null> {
  return answer.catch((error) => {
    if (error instanceof KubernetesError && error.status === status) return null;
    throw error;
  });
}
