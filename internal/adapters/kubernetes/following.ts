import type { Clock } from "../../ports/clock.ts";
import {
  type Follower,
  KubernetesError,
  type KubernetesObject,
  type Resource,
  type Scope,
} from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import { refusal, type Status } from "./failures.ts";
import { listAll } from "./listing.ts";
import { collectionPath, selection } from "./paths.ts";
import type { Requests } from "./requests.ts";

export interface FollowingParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Seconds after which the API server ends a watch, which is then opened again. */
const WATCH_SECONDS = 290;
/** Milliseconds that the end of a watch may be late. */
const END_LATE = 15_000;
/** Milliseconds after which the list is read again even though nothing seems to be missed: a watch that went wrong must not be wrong for ever. */
const RELIST_AFTER = 600_000;
/** Milliseconds before the next attempt: after the first failure, and at most. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** A watch that ends sooner, in milliseconds, is not opened again before: a server that closes each at once must not be asked in a circle. */
const SHORTEST_WATCH = 1_000;

type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: T }
  | { readonly type: "ERROR"; readonly object: Status };

/** One list that is kept current by a watch, for one follower. */
export class Following<T extends KubernetesObject> {
  readonly #requests: Requests;
  readonly #resource: Resource;
  readonly #scope: Scope;
  readonly #follower: Follower<T>;
  readonly #parts: FollowingParts;
  readonly #stop = new AbortController();
  /** Up to where the follower has been told; null: it needs the whole list. */
  #resourceVersion: string | null = null;
  #listedAt = 0;
  /** Attempts since the last watch that was opened. */
  #failures = 0;

  constructor(requests: Requests, resource: Resource, scope: Scope, follower: Follower<T>, parts: FollowingParts) {
    this.#requests = requests;
    this.#resource = resource;
    this.#scope = scope;
    this.#follower = follower;
    this.#parts = parts;
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    const { clock } = this.#parts;
    while (!this.#stop.signal.aborted) {
      const began = clock.monotonic();
      const pause = await this.#listAndWatch().then(
        () => began + SHORTEST_WATCH - clock.monotonic(),
        (error) => this.#pauseAfter(error),
      );
      await this.#sleep(pause);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async #listAndWatch(): Promise<void> {
    const { clock } = this.#parts;
    if (this.#resourceVersion === null || this.#relistIn() <= 0) {
      const { items, resourceVersion } = await listAll<T>(this.#requests, this.#resource, this.#scope);
      this.#resourceVersion = resourceVersion;
      this.#listedAt = clock.monotonic();
      this.#tell((follower) => follower.listed(items));
    }
    await this.#watch(this.#resourceVersion);
  }

  async #watch(resourceVersion: string): Promise<void> {
    const seconds = Math.min(WATCH_SECONDS, Math.max(1, Math.ceil(this.#relistIn() / 1_000)));
    const query = {
      ...selection(this.#scope),
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(seconds),
      resourceVersion,
    };
    const ask = { method: "GET", path: collectionPath(this.#resource, this.#scope.namespace), query } as const;
    const opened = () => {
      this.#failures = 0;
    };
    const line = (text: string) => this.#take(eventIn(text));
    await this.#requests.follow(ask, seconds * 1_000 + END_LATE, this.#stop.signal, opened, line);
  }

  #take(event: WatchEvent<T>): void {
    if (event.type === "ERROR") throw refusal("a watch", event.object.code ?? 500, "", event.object);
    const { type, object } = event;
    this.#resourceVersion = object.metadata.resourceVersion ?? null;
    if (type === "ADDED" || type === "MODIFIED") this.#tell((follower) => follower.changed(object));
    else if (type === "DELETED") this.#tell((follower) => follower.gone(object));
  }

  #tell(what: (follower: Follower<T>) => void): void {
    if (this.#stop.signal.aborted) return;
    try {
      what(this.#follower);
    } catch (error) {
      const fields = { resource: this.#resource.plural, error: String(error instanceof Error ? error.stack : error) };
      this.#parts.logger.error("what follows the Kubernetes API threw; it goes on being told", fields);
    }
  }

  /** Milliseconds until the next attempt. */
  #pauseAfter(error: unknown): number {
    const trouble = error instanceof KubernetesError ? error : misunderstood(error);
    // What the server refused may be refused for ever from this moment on: a store that was restored knows no such moment.
    if (trouble.status !== null) this.#resourceVersion = null;
    // A moment that it no longer remembers is nothing that anybody has to hear of.
    if (trouble.status !== 410 && this.#failures === 0) this.#tell((follower) => follower.failed(trouble));
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures, 10));
    if (trouble.status !== 410) this.#failures++;
    return longest * (0.5 + this.#parts.random.fraction() / 2);
  }

  #relistIn(): number {
    return this.#listedAt + RELIST_AFTER - this.#parts.clock.monotonic();
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
      const cancel = this.#parts.clock.after(ms, end);
      signal.addEventListener("abort", end);
    });
  }
}

function eventIn<T>(text: string): WatchEvent<T> {
  try {
    return JSON.parse(text) as WatchEvent<T>;
  } catch (error) {
    throw new KubernetesError(`A watch told what is no JSON: ${text.slice(0, 200)}`, null, "", { cause: error });
  }
}

/** Whatever else goes wrong here has its cause in an answer that is not as the API's are. */
function misunderstood(error: unknown): KubernetesError {
  return new KubernetesError(`The Kubernetes API's answer was not understood: ${error}`, null, "", { cause: error });
}
