import {
  type ApplyOptions,
  type KubernetesApi,
  KubernetesError,
  type KubernetesObject,
  type ObjectMeta,
  type Resource,
  type WatchHandler,
} from "../../../internal/ports/kubernetes.ts";

/** An API server that accepts everything, has nothing but what was created, and reports the resources and pods that a test gives it. */
export class PlayedApi implements KubernetesApi {
  /** Plurals of the kinds that may not be listed at first. */
  readonly #forbidden: readonly string[];
  /** Everything that was applied, in order. */
  readonly applied: KubernetesObject[] = [];
  /** The statuses that were, in order. */
  readonly statuses: KubernetesObject[] = [];
  readonly #created = new Map<string, KubernetesObject>();
  readonly #handlers = new Map<string, WatchHandler<KubernetesObject>>();
  #version = 0;

  constructor(forbidden: readonly string[] = []) {
    this.#forbidden = forbidden;
  }

  /** By the plural of a kind that is watched. Throws for others. */
  handler(plural: string): WatchHandler<KubernetesObject> {
    const found = this.#handlers.get(plural);
    if (!found) throw new Error(`nobody watches ${plural}`);
    return found;
  }

  /** The object with a new version, as a server would return it. */
  versioned<T extends KubernetesObject>(object: T, metadata: Partial<ObjectMeta> = {}): T {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, ...metadata, resourceVersion: String(this.#version) } };
  }

  async read<T extends KubernetesObject>({ plural }: Resource, namespace: string, name: string): Promise<T | null> {
    return (this.#created.get(`${plural}/${namespace}/${name}`) as T | undefined) ?? null;
  }

  async list(): Promise<[]> {
    return [];
  }

  async create<T extends KubernetesObject>({ plural }: Resource, object: T): Promise<T> {
    const created = this.versioned(object);
    this.#created.set(`${plural}/${object.metadata.namespace}/${object.metadata.name}`, created);
    return created;
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

  watch<T extends KubernetesObject>({ plural }: Resource, _: object, handler: WatchHandler<T>): () => void {
    this.#handlers.set(plural, handler);
    if (this.#forbidden.includes(plural)) handler.failed(new KubernetesError("may not list", 403, "Forbidden"));
    else handler.listed([]);
    return () => {};
  }
}
