import type { Cancel, Clock } from "../../ports/clock.ts";
import type { KubernetesApi, KubernetesError, KubernetesObject, Resource, Scope } from "../../ports/kubernetes.ts";

export interface InformerDeps<T extends KubernetesObject> {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly resource: Resource;
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
  /** In the syntax of `kubectl -l`. */
  readonly labels?: string;
  /** The part of an object to keep. There may be thousands. */
  readonly keep?: (object: T) => T;
  /** An object appeared, changed or was deleted. */
  readonly changed: (object: T) => void;
  /** An object was deleted; this is its last state. Called before `changed`. */
  readonly deleted?: (object: T) => void;
  readonly failed: (resource: Resource, error: KubernetesError) => void;
}

/** Milliseconds after which a refused list counts as read: an API server that has just started refuses what it allows a moment later. */
const REFUSAL_DELAY_MS = 5_000;

/** The objects of one kind, kept current by watches. */
export class Informer<T extends KubernetesObject> {
  readonly #deps: InformerDeps<T>;
  /** One list for each watch, by namespace and name. */
  readonly #lists: Map<string, T>[] = [];
  readonly #unread = new Set<Map<string, T>>();
  #stops: readonly (() => void)[] = [];
  readonly #cancels: Cancel[] = [];

  constructor(deps: InformerDeps<T>) {
    this.#deps = deps;
  }

  start(): void {
    const { namespaces, labels } = this.#deps;
    const scopes = namespaces?.map((namespace) => ({ namespace })) ?? [{}];
    this.#stops = scopes.map((scope) => this.#watch({ ...scope, ...(labels !== undefined && { labels }) }));
  }

  stop(): void {
    for (const stop of [...this.#stops, ...this.#cancels]) stop();
  }

  /** Whether every list was read once, or stays refused. Only then does a missing object mean that there is none, as far as the operator may see. */
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

  #watch(scope: Scope): () => void {
    const list = new Map<string, T>();
    this.#lists.push(list);
    this.#unread.add(list);
    return this.#deps.api.watch<T>(this.#deps.resource, scope, {
      listed: (objects) => this.#replaceAll(list, objects),
      changed: (object) => this.#replace(list, object),
      deleted: (object) => this.#delete(list, object),
      failed: (error) => this.#fail(list, error),
    });
  }

  #replaceAll(list: Map<string, T>, objects: readonly T[]): void {
    this.#unread.delete(list);
    for (const object of replaceAll(list, objects.map(this.#keep))) this.#deps.changed(object);
  }

  #replace(list: Map<string, T>, object: T): void {
    list.set(keyOf(object), this.#keep(object));
    this.#deps.changed(object);
  }

  #delete(list: Map<string, T>, object: T): void {
    list.delete(keyOf(object));
    this.#deps.deleted?.(this.#keep(object));
    this.#deps.changed(object);
  }

  #fail(list: Map<string, T>, error: KubernetesError): void {
    if (error.status === 403 || error.status === 404) this.#countAsRead(list);
    this.#deps.failed(this.#deps.resource, error);
  }

  /** A list that is forbidden, or whose kind does not exist, never comes. To wait for it would stop everything else. */
  #countAsRead(list: Map<string, T>): void {
    if (!this.#unread.has(list)) return;
    this.#cancels.push(this.#deps.clock.after(REFUSAL_DELAY_MS, () => this.#unread.delete(list)));
  }

  readonly #keep = (object: T): T => this.#deps.keep?.(object) ?? object;
}

/** `namespace/name` */
export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Makes `list` hold `objects` and nothing else. Returns those that are new, changed or deleted. */
function replaceAll<T extends KubernetesObject>(list: Map<string, T>, objects: readonly T[]): T[] {
  const before = new Map(list);
  list.clear();
  for (const object of objects) list.set(keyOf(object), object);
  const changed = objects.filter((object) => !sameVersion(object, before.get(keyOf(object))));
  const deleted = [...before.values()].filter((object) => !list.has(keyOf(object)));
  return [...changed, ...deleted];
}

function sameVersion(object: KubernetesObject, before: KubernetesObject | undefined): boolean {
  return before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion;
}
