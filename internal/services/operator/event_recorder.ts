import { isoTime } from "../../core/iso_time.ts";
import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Random } from "../../ports/random.ts";
import { EVENTS } from "./child_kinds.ts";
import { FIELD_MANAGER } from "./operator_name.ts";

export interface EventRecorderDeps {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Milliseconds for which a repeated event counts as the same one. The API server forgets an event after an hour. */
const REPEAT_WINDOW_MS = 600_000;
/** Milliseconds between two writes of an event that repeats. */
const REWRITE_INTERVAL_MS = 5_000;
/** Milliseconds before the next attempt if the API server is unreachable or busy. */
const RETRY_MS = 2_000;
/** Events in memory at most: those that are not written yet, and those that may repeat. The log has every event. */
const MAX_EVENTS = 1_000;

/** One Event object. It counts every time that the same happens to the same resource. */
interface EventRecord {
  readonly object: KubernetesObject & { readonly [field: string]: unknown };
  readonly first: number;
  last: number;
  count: number;
  /** The `count` that the API server has. */
  written: number;
  /** The earliest next write, on the monotonic clock. */
  notBefore: number;
}

/** Reports what happens to resources as Events. Repeated events are counted in one; no other event is left out. */
export class EventRecorder {
  readonly #deps: EventRecorderDeps;
  readonly #records = new Map<string, EventRecord>();
  #writing = false;
  #stopped = false;
  #cancel: Cancel = () => {};

  constructor(deps: EventRecorderDeps) {
    this.#deps = deps;
  }

  /** The number of events that have not reached the API server yet. */
  get waiting(): number {
    return [...this.#records.values()].filter(isUnwritten).length;
  }

  record(cluster: CounterCluster, event: ResourceEvent): void {
    const { clock, logger } = this.#deps;
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
    // Moves it to the end: the events that came last stay longest.
    this.#records.delete(key);
    this.#records.set(key, record);
    void this.#write();
  }

  /** Writes nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #newRecord(cluster: CounterCluster, event: ResourceEvent, now: number): EventRecord {
    const { namespace, name, uid } = cluster.metadata;
    // A name may have 253 characters, and a resource's name alone may be that long.
    const eventName = `${name.slice(0, 200)}.${this.#deps.random.id()}`;
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
      if (!isUnwritten(record) && now - record.last > REPEAT_WINDOW_MS) this.#records.delete(key);
    }
  }

  /** Forgets the oldest event that was written. False if none was written yet. */
  #makeRoom(): boolean {
    if (this.#records.size < MAX_EVENTS) return true;
    const oldest = [...this.#records].find(([, record]) => !isUnwritten(record));
    return oldest !== undefined && this.#records.delete(oldest[0]);
  }

  /** Writes one event at a time: a burst must not delay requests that resources need. */
  async #write(): Promise<void> {
    if (this.#writing || this.#stopped) return;
    this.#writing = true;
    this.#cancel();
    let pause: number | null = null;
    while (pause === null && !this.#stopped) pause = await this.#writeNext();
    this.#writing = false;
    if (pause === null || pause === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#deps.clock.after(pause, () => void this.#write());
  }

  /** Milliseconds to wait before the next write; infinity if there is none; null if the next one is due. */
  async #writeNext(): Promise<number | null> {
    const due = [...this.#records.values()].filter(isUnwritten).sort((a, b) => a.notBefore - b.notBefore)[0];
    if (!due) return Number.POSITIVE_INFINITY;
    const wait = due.notBefore - this.#deps.clock.monotonic();
    if (wait > 0) return wait;
    const { count } = due;
    try {
      await this.#deps.api.apply(EVENTS, written(due), { fieldManager: FIELD_MANAGER, force: true });
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.status === null || error.status === 429 || error.status >= 500) return RETRY_MS;
      this.#deps.logger.warn("event refused; it is only in this log", {
        reason: String(due.object.reason),
        error: error.message,
      });
    }
    due.written = count;
    due.notBefore = this.#deps.clock.monotonic() + REWRITE_INTERVAL_MS;
    return null;
  }
}

function isUnwritten({ count, written }: EventRecord): boolean {
  return count > written;
}

function written({ object, first, last, count }: EventRecord): KubernetesObject {
  const times = { firstTimestamp: isoTime(first), lastTimestamp: isoTime(last) };
  return { ...object, ...times, count } as KubernetesObject;
}
