import type { Clock } from "../../ports/clock.ts";
import {
  KubernetesError,
  type KubernetesObject,
  type Resource,
  type Scope,
  type WatchHandler,
} from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import { type ApiStatus, refusal } from "./errors.ts";
import { allPages, type ListPage, PAGE_SIZE } from "./pages.ts";
import { collectionPath } from "./paths.ts";
import type { Query, Reader } from "./reader.ts";

export interface ListWatchDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Seconds after which the API server ends a watch. It is then opened again. */
const WATCH_SECONDS = 290;
/** Milliseconds by which the end of a watch may be late. */
const END_TOLERANCE_MS = 15_000;
/** Milliseconds after which the list is read again even if no event seems to be missing: a watch that went wrong must not stay wrong forever. */
const RELIST_INTERVAL_MS = 600_000;
/** Milliseconds before the next attempt: after the first failure, and at most. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** Milliseconds between two watches at least: a server that closes each at once must not be asked in a busy loop. */
const SHORTEST_WATCH_MS = 1_000;

type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: T }
  | { readonly type: "ERROR"; readonly object: ApiStatus };

/** Lists and watches until the returned function is called. */
export function startListWatch<T extends KubernetesObject>(
  deps: ListWatchDeps & { readonly reader: Reader },
  resource: Resource,
  scope: Scope,
  handler: WatchHandler<T>,
): () => void {
  const listWatch = new ListWatch(deps, resource, scope, handler);
  void listWatch.run();
  return () => listWatch.stop();
}

/** One list that a watch keeps current, for one handler: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
class ListWatch<T extends KubernetesObject> {
  readonly #deps: ListWatchDeps & { readonly reader: Reader };
  readonly #resource: Resource;
  readonly #path: string;
  /** What selects the objects, in the list and in the watch. */
  readonly #selection: Query;
  readonly #handler: WatchHandler<T>;
  readonly #stop = new AbortController();
  /** The moment up to which the handler knows everything. Null: it needs the whole list. */
  #resourceVersion: string | null = null;
  #listedAt = 0;
  /** Failed attempts since a watch was last opened. */
  #failures = 0;

  constructor(
    deps: ListWatchDeps & { readonly reader: Reader },
    resource: Resource,
    { namespace, labels }: Scope,
    handler: WatchHandler<T>,
  ) {
    this.#deps = deps;
    this.#resource = resource;
    this.#path = collectionPath(resource, namespace);
    this.#selection = labels ? { labelSelector: labels } : {};
    this.#handler = handler;
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#stop.signal.aborted) {
      const began = clock.monotonic();
      const pause = await this.#listAndWatch().then(
        () => began + SHORTEST_WATCH_MS - clock.monotonic(),
        (error) => this.#pauseAfter(error),
      );
      await this.#sleep(pause);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async #listAndWatch(): Promise<void> {
    if (this.#resourceVersion === null || this.#relistInMs() <= 0) this.#resourceVersion = await this.#list();
    await this.#watch(this.#resourceVersion);
  }

  /** Resolves to the moment that the list shows. */
  async #list(): Promise<string> {
    const { clock, reader } = this.#deps;
    const query = { ...this.#selection, limit: String(PAGE_SIZE) };
    const { items, resourceVersion } = await allPages<T>(
      (next) => reader.get(this.#path, { ...query, ...(next && { continue: next }) }) as Promise<ListPage>,
    );
    this.#listedAt = clock.monotonic();
    this.#report((handler) => handler.listed(items));
    return resourceVersion;
  }

  async #watch(resourceVersion: string): Promise<void> {
    const seconds = Math.min(WATCH_SECONDS, Math.max(1, Math.ceil(this.#relistInMs() / 1_000)));
    const query = {
      ...this.#selection,
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(seconds),
      resourceVersion,
    };
    await this.#deps.reader.watch(this.#path, query, {
      ms: seconds * 1_000 + END_TOLERANCE_MS,
      signal: this.#stop.signal,
      opened: () => {
        this.#failures = 0;
      },
      line: (text) => this.#take(eventIn(text)),
    });
  }

  #take(event: WatchEvent<T>): void {
    if (event.type === "ERROR") throw refusal(`Watching ${this.#path}`, event.object.code ?? 500, "", event.object);
    const { type, object } = event;
    this.#resourceVersion = object.metadata.resourceVersion ?? null;
    if (type === "ADDED" || type === "MODIFIED") this.#report((handler) => handler.changed(object));
    else if (type === "DELETED") this.#report((handler) => handler.deleted(object));
  }

  #report(what: (handler: WatchHandler<T>) => void): void {
    if (this.#stop.signal.aborted) return;
    try {
      what(this.#handler);
    } catch (error) {
      const fields = { resource: this.#resource.plural, error: String(error instanceof Error ? error.stack : error) };
      this.#deps.logger.error("watch handler threw; the watch continues", fields);
    }
  }

  /** Milliseconds until the next attempt. */
  #pauseAfter(error: unknown): number {
    const failure = error instanceof KubernetesError ? error : unreadable(error);
    // The server may refuse this moment forever: a store that was restored from a backup does not know it.
    if (failure.status !== null) this.#resourceVersion = null;
    // 410: the server no longer remembers the moment. The list is read again, and nothing failed.
    if (failure.status !== 410 && this.#failures === 0) this.#report((handler) => handler.failed(failure));
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 10));
    if (failure.status !== 410) this.#failures++;
    return longest * (0.5 + this.#deps.random.fraction() / 2);
  }

  #relistInMs(): number {
    return this.#listedAt + RELIST_INTERVAL_MS - this.#deps.clock.monotonic();
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (ms <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const cancel = this.#deps.clock.after(ms, end);
      signal.addEventListener("abort", end);
    });
  }
}

function eventIn<T>(text: string): WatchEvent<T> {
  try {
    return JSON.parse(text) as WatchEvent<T>;
  } catch (error) {
    throw new KubernetesError(`Cannot parse watch event as JSON: "${text.slice(0, 200)}"`, null, "", { cause: error });
  }
}

/** The cause of every other error here is a response that does not look like the API's. */
function unreadable(error: unknown): KubernetesError {
  return new KubernetesError(`Cannot read the Kubernetes API's response: ${error}`, null, "", { cause: error });
}
