import { isoTime } from "../../core/iso_time.ts";
import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import { EVENTS } from "./child_kinds.ts";
import { FIELD_MANAGER } from "./operator_name.ts";

export interface EventRecorderParts {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Milliseconds. The API server forgets an event after an hour; one that comes back later than this is told as a new one. */
const REMEMBERED = 600_000;
/** An event that comes again and again is written again at most once in so many milliseconds. */
const REWRITE_AFTER = 5_000;
/** Milliseconds before the next attempt when the API server is away. */
const RETRY_AFTER = 2_000;
/** Events that are kept for an API server that is away, or to be counted when they come again. The log has every one. */
const MOST_KEPT = 1_000;

/** One Event object, which stands for every time that the same was said of the same resource. */
interface Told {
  readonly object: KubernetesObject & { readonly [field: string]: unknown };
  readonly first: number;
  last: number;
  count: number;
  /** How many of `count` the API server knows of. */
  written: number;
  /** Monotonic; not written again before. */
  notBefore: number;
}

/** Writes down as Events what happens to resources. What is the same is counted in one Event; nothing else is left out. */
export class EventRecorder {
  readonly #parts: EventRecorderParts;
  readonly #records = new Map<string, Told>();
  #writing = false;
  #stopped = false;
  #cancel: Cancel = () => {};

  constructor(parts: EventRecorderParts) {
    this.#parts = parts;
  }

  /** Events that have not reached the API server yet. */
  get waiting(): number {
    return [...this.#records.values()].filter(isUnwritten).length;
  }

  record(cluster: CounterCluster, event: ResourceEvent): void {
    const { clock, logger } = this.#parts;
    const { namespace, name, uid } = cluster.metadata;
    logger[event.type === "Warning" ? "warn" : "info"](event.message, {
      resource: `${namespace}/${name}`,
      reason: event.reason,
    });
    const key = JSON.stringify([uid, event.type, event.reason, event.message]);
    const now = clock.wall();
    this.#forgetOld(now);
    const known = this.#records.get(key);
    if (!known && !this.#makeRoom()) return;
    const record = known ?? this.#newRecord(cluster, event, now);
    record.count += 1;
    record.last = now;
    // At the end again: those that came last stay longest.
    this.#records.delete(key);
    this.#records.set(key, record);
    void this.#write();
  }

  /** Writes nothing from now on. */
  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #newRecord(cluster: CounterCluster, event: ResourceEvent, now: number): Told {
    const { namespace, name, uid } = cluster.metadata;
    // A name has at most 253 characters, and a resource's may be nearly as long.
    const eventName = `${name.slice(0, 200)}.${this.#parts.random.id()}`;
    const object = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: eventName, namespace },
      involvedObject: { apiVersion: cluster.apiVersion, kind: cluster.kind, namespace, name, uid },
      ...event,
      source: { component: FIELD_MANAGER },
      reportingComponent: FIELD_MANAGER,
    };
    return { object, first: now, last: now, count: 0, written: 0, notBefore: 0 };
  }

  #forgetOld(now: number): void {
    for (const [key, record] of this.#records) {
      if (!isUnwritten(record) && now - record.last > REMEMBERED) this.#records.delete(key);
    }
  }

  /** Forgets what was told longest ago; false where all that is kept has yet to be told. */
  #makeRoom(): boolean {
    if (this.#records.size < MOST_KEPT) return true;
    const oldest = [...this.#records].find(([, record]) => !isUnwritten(record));
    return oldest !== undefined && this.#records.delete(oldest[0]);
  }

  /** One at a time: a burst must not crowd out what the resources need. */
  async #write(): Promise<void> {
    if (this.#writing || this.#stopped) return;
    this.#writing = true;
    this.#cancel();
    let pause: number | null = null;
    while (pause === null && !this.#stopped) pause = await this.#writeNext();
    this.#writing = false;
    if (pause === null || pause === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#parts.clock.after(pause, () => void this.#write());
  }

  /** Milliseconds to wait before the next one, infinity if there is none; null: go on. */
  async #writeNext(): Promise<number | null> {
    const due = [...this.#records.values()].filter(isUnwritten).sort((a, b) => a.notBefore - b.notBefore)[0];
    if (!due) return Number.POSITIVE_INFINITY;
    const wait = due.notBefore - this.#parts.clock.monotonic();
    if (wait > 0) return wait;
    const { count } = due;
    try {
      await this.#parts.api.apply(EVENTS, written(due), { fieldManager: FIELD_MANAGER, force: true });
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.status === null || error.status === 429 || error.status >= 500) return RETRY_AFTER;
      this.#parts.logger.warn("an event was refused", { reason: String(due.object.reason), error: error.message });
    }
    due.written = count;
    due.notBefore = this.#parts.clock.monotonic() + REWRITE_AFTER;
    return null;
  }
}

function isUnwritten({ count, written }: Told): boolean {
  return count > written;
}

function written({ object, first, last, count }: Told): KubernetesObject {
  const times = { firstTimestamp: isoTime(first), lastTimestamp: isoTime(last) };
  return { ...object, ...times, count } as KubernetesObject;
}
