import type { OperatorDefaults } from "../../core/operator/decision.ts";
import type { CertificateMaker } from "../../ports/certificate_maker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CounterPages } from "../../ports/counter_pages.ts";
import { type KubernetesApi, KubernetesError } from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";
import type { OperatorMeter, OperatorStatistics, ReconcileOutcome } from "../../ports/operator_meter.ts";
import type { Random } from "../../ports/random.ts";
import type { Reachability } from "../../ports/reachability.ts";
import { Cache } from "./cache.ts";
import { EventRecorder } from "./event_recorder.ts";
import { type Intervals, Reconciler } from "./reconciler.ts";
import { StatusPoller } from "./status_poller.ts";
import { StorageClasses } from "./storage_classes.ts";
import { WorkQueue } from "./work_queue.ts";

export interface OperatorDeps {
  readonly api: KubernetesApi;
  readonly pages: CounterPages;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: OperatorMeter;
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
  readonly class: string;
  readonly certificateMaker: CertificateMaker;
  readonly reachability: Reachability;
  readonly defaults: OperatorDefaults;
  readonly intervals?: Intervals;
}

/** Counters change their status once a second; people read it less often. */
const DEFAULT_INTERVALS: Intervals = { pollMs: 2_000, statusMs: 3_000 };

/** Milliseconds. Every request has a deadline, so a reconcile that takes longer hangs. */
const LONGEST_RECONCILE_MS = 300_000;
/** Milliseconds between two checks whether all lists have been read. */
const READY_CHECK_MS = 250;

/** Creates what CounterClusters ask for, and keeps it so. All that it knows it has read from the API, so it may be restarted at any moment. */
export class Operator {
  readonly #deps: OperatorDeps;
  readonly #cache: Cache;
  readonly #poller: StatusPoller;
  readonly #events: EventRecorder;
  readonly #storageClasses: StorageClasses;
  readonly #queue: WorkQueue;
  /** By `namespace/name`. A resource that was deleted and created again has another uid, and shares nothing with the one before. */
  readonly #reconcilers = new Map<string, { readonly uid: string; readonly reconciler: Reconciler }>();

  constructor(deps: OperatorDeps) {
    const { api, clock, pages, random, logger } = deps;
    this.#deps = deps;
    this.#cache = new Cache({
      ...deps,
      changed: (key) => this.#queue.add(key),
      failed: ({ plural }, error) =>
        logger.warn("cannot watch objects; retrying", { kind: plural, error: error.message }),
    });
    this.#poller = new StatusPoller({
      clock,
      pages,
      intervalMs: (deps.intervals ?? DEFAULT_INTERVALS).pollMs,
      pods: (key) => this.#cache.counterPods(key),
      polled: (key) => this.#queue.remind(key),
    });
    this.#events = new EventRecorder({ api, clock, random, logger });
    this.#storageClasses = new StorageClasses(api, clock);
    this.#queue = new WorkQueue({
      clock,
      random,
      work: (key) => this.#reconcile(key),
      failed: (key, error) => this.#failed(key, error),
    });
  }

  start(): void {
    this.#cache.start();
  }

  /** Starts nothing more. Resolves when all that it has started has ended. */
  async stop(): Promise<void> {
    this.#cache.stop();
    this.#poller.stopAll();
    await this.#queue.stop();
    this.#events.stop();
  }

  /** False if a reconcile hangs. Only a restart helps. */
  alive(): boolean {
    return this.#queue.oldest < LONGEST_RECONCILE_MS;
  }

  /** Whether all lists have been read. */
  ready(): boolean {
    return this.#cache.unread === 0;
  }

  statistics(): OperatorStatistics {
    return {
      resources: this.#cache.served,
      waiting: this.#queue.waiting,
      failing: this.#queue.failing,
      unread: this.#cache.unread,
      events: this.#events.waiting,
    };
  }

  async #reconcile(key: string): Promise<number | null> {
    if (!this.ready()) return READY_CHECK_MS;
    const cluster = this.#cache.cluster(key);
    if (!cluster || cluster.metadata.deletionTimestamp !== undefined) {
      this.#forget(key);
      return null;
    }
    const reconciler = this.#reconcilerOf(key, cluster.metadata.uid);
    // The counters' status may be a reason to leave them alone, and a new operator has not asked them yet.
    if (!this.#poller.hasPolled(key)) return null;
    const { clock, meter } = this.#deps;
    const began = clock.monotonic();
    let outcome: ReconcileOutcome = "failed";
    try {
      const result = await reconciler.reconcile(cluster);
      outcome = result.outcome;
      return result.requeueAfter;
    } finally {
      meter.reconciled(outcome, (clock.monotonic() - began) / 1000);
    }
  }

  #reconcilerOf(key: string, uid: string): Reconciler {
    const known = this.#reconcilers.get(key);
    if (known?.uid === uid) return known.reconciler;
    // Its deletion may not have been seen: if it was created again at once, or while a watch was broken, both are one change.
    this.#forget(key);
    this.#poller.start(key);
    const deps = {
      cache: this.#cache,
      poller: this.#poller,
      events: this.#events,
      storageClasses: this.#storageClasses,
    };
    const reconciler = new Reconciler({ intervals: DEFAULT_INTERVALS, ...this.#deps, ...deps });
    this.#reconcilers.set(key, { uid, reconciler });
    return reconciler;
  }

  /** The resource is gone, or belongs to another operator. Its objects stay as they are. */
  #forget(key: string): void {
    this.#reconcilers.delete(key);
    this.#poller.stop(key);
    this.#cache.forget(key);
  }

  #failed(key: string, error: unknown): void {
    const { logger } = this.#deps;
    if (error instanceof KubernetesError) {
      logger.warn("reconcile failed; retrying", { resource: key, error: error.message });
      return;
    }
    const trace = error instanceof Error ? error.stack : String(error);
    logger.error("reconcile threw; retrying", { resource: key, error: trace });
    const cluster = this.#cache.cluster(key);
    const message = `The operator cannot reconcile this resource: ${error instanceof Error ? error.message : String(error)}`;
    if (cluster) this.#events.record(cluster, { type: "Warning", reason: "OperatorFault", message });
  }
}
