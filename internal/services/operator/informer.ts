import type { Cancel, Clock } from "../../ports/clock.ts";
import type { KubernetesApi, KubernetesError, KubernetesObject, Resource } from "../../ports/kubernetes.ts";

export interface FollowedParts<T extends KubernetesObject> {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly resource: Resource;
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
  /** As `kubectl -l` takes them. */
  readonly labels?: string;
  /** What is kept of an object, of which there may be thousands. */
  readonly keep?: (object: T) => T;
  /** An object appeared, changed or went. */
  readonly changed: (object: T) => void;
  /** An object went; this is what it was at last. Told before `changed`. */
  readonly gone?: (object: T) => void;
  readonly failed: (resource: Resource, error: KubernetesError) => void;
}

/** Milliseconds after which a refusal is believed: an API server that has just started refuses what it will allow a moment later. */
const REFUSED_FOR = 5_000;

/** What there is of one kind, as far as the API has told. */
export class FollowedObjects<T extends KubernetesObject> {
  readonly #parts: FollowedParts<T>;
  /** By namespace and name, for each of the lists that make up the whole. */
  readonly #lists: Map<string, T>[] = [];
  readonly #unread = new Set<Map<string, T>>();
  #stops: readonly (() => void)[] = [];
  readonly #cancels: Cancel[] = [];

  constructor(parts: FollowedParts<T>) {
    this.#parts = parts;
  }

  start(): void {
    const { namespaces, labels } = this.#parts;
    const scopes = namespaces?.map((namespace) => ({ namespace })) ?? [{}];
    this.#stops = scopes.map((scope) => this.#follow({ ...scope, ...(labels !== undefined && { labels }) }));
  }

  stop(): void {
    for (const stop of [...this.#stops, ...this.#cancels]) stop();
  }

  /** Whether every list was read once, or refused for good: only then does "not here" mean "not there, as far as one may know". */
  get complete(): boolean {
    return this.#lists.length > 0 && this.#unread.size === 0;
  }

  get(namespace: string, name: string): T | undefined {
    const key = `${namespace}/${name}`;
    return this.#lists.find((list) => list.has(key))?.get(key);
  }

  *all(): Iterable<T> {
    for (const list of this.#lists) yield* list.values();
  }

  #follow(scope: { namespace?: string; labels?: string }): () => void {
    const { api, resource, changed, gone, failed, keep = (object: T) => object } = this.#parts;
    const known = new Map<string, T>();
    this.#lists.push(known);
    this.#unread.add(known);
    return api.watch<T>(resource, scope, {
      listed: (objects) => {
        this.#unread.delete(known);
        for (const object of replaceAll(known, objects.map(keep))) changed(object);
      },
      changed: (object) => {
        known.set(keyOf(object), keep(object));
        changed(object);
      },
      deleted: (object) => {
        known.delete(keyOf(object));
        gone?.(keep(object));
        changed(object);
      },
      failed: (error) => {
        if (error.status === 403 || error.status === 404) this.#doWithout(known);
        failed(resource, error);
      },
    });
  }

  /** What one may not read, or what is not there to be read, never comes: waiting for it would stop all the rest. */
  #doWithout(list: Map<string, T>): void {
    if (!this.#unread.has(list)) return;
    this.#cancels.push(this.#parts.clock.after(REFUSED_FOR, () => this.#unread.delete(list)));
  }
}

/** `namespace/name` */
export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Makes `known` hold `objects` and nothing else. Gives those that are new, different or gone. */
function replaceAll<T extends KubernetesObject>(known: Map<string, T>, objects: readonly T[]): T[] {
  const before = new Map(known);
  known.clear();
  for (const object of objects) known.set(keyOf(object), object);
  const different = objects.filter((object) => !sameVersion(object, before.get(keyOf(object))));
  const gone = [...before.values()].filter((object) => !known.has(keyOf(object)));
  return [...different, ...gone];
}

function sameVersion(object: KubernetesObject, before: KubernetesObject | undefined): boolean {
  return before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion;
}
