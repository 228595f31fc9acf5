import {
  type ApplyOptions,
  type Follower,
  type KubernetesApi,
  KubernetesError,
  type KubernetesObject,
  type ObjectMeta,
  type Resource,
} from "../../../internal/ports/kubernetes.ts";

/** An API server that takes everything, has nothing, and tells of resources and pods what a test says. */
export class PlayedApi implements KubernetesApi {
  /** Plurals of the kinds that may not be listed at first. */
  readonly #forbidden: readonly string[];
  /** Everything that was applied, in order. */
  readonly applied: KubernetesObject[] = [];
  /** The statuses that were, in order. */
  readonly statuses: KubernetesObject[] = [];
  readonly #followers = new Map<string, Follower<KubernetesObject>>();
  #version = 0;

  constructor(forbidden: readonly string[] = []) {
    this.#forbidden = forbidden;
  }

  /** By the plural of a kind that is followed. Throws for others. */
  follower(plural: string): Follower<KubernetesObject> {
    const found = this.#followers.get(plural);
    if (!found) throw new Error(`nobody follows ${plural}`);
    return found;
  }

  /** The object as it comes from a server: with a version of its own. */
  versioned<T extends KubernetesObject>(object: T, metadata: Partial<ObjectMeta> = {}): T {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, ...metadata, resourceVersion: String(this.#version) } };
  }

  async read(): Promise<null> {
    return null;
  }

  async list(): Promise<[]> {
    return [];
  }

  async create<T extends KubernetesObject>(_: Resource, object: T): Promise<T> {
    return this.versioned(object);
  }

  async apply<T extends KubernetesObject>(_: Resource, object: T, { status }: ApplyOptions): Promise<T> {
    (status ? this.statuses : this.applied).push(object);
    return this.versioned(object);
  }

  async replace<T extends KubernetesObject>(_: Resource, object: T): Promise<T> {
    this.applied.push(object);
    return this.versioned(object);
  }

  async remove(): Promise<void> {}

  follow<T extends KubernetesObject>({ plural }: Resource, _: object, follower: Follower<T>): () => void {
    this.#followers.set(plural, follower);
    if (this.#forbidden.includes(plural)) follower.failed(new KubernetesError("may not list", 403, "Forbidden"));
    else follower.listed([]);
    return () => {};
  }
}
