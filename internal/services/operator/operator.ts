import type { OperatorDefaults } from "../../core/operator/decision.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CounterPages } from "../../ports/counter_pages.ts";
import { type KubernetesApi, KubernetesError } from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";
import type { OperatorMeter, OperatorStatistics, ReconcileOutcome } from "../../ports/operator_meter.ts";
import type { Random } from "../../ports/random.ts";
import { ApiView } from "./api_view.ts";
import { EventRecorder } from "./event_recorder.ts";
import { Looks } from "./looks.ts";
import { type Pace, Reconciling } from "./reconciling.ts";
import { StorageClasses } from "./storage_classes.ts";
import { WorkQueue } from "./work_queue.ts";

export interface OperatorParts {
  readonly api: KubernetesApi;
  readonly pages: CounterPages;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: OperatorMeter;
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
  readonly class: string;
  readonly defaults: OperatorDefaults;
  readonly pace?: Pace;
}

/** Counters change their answer once a second, and people look less often than that. */
const USUAL_PACE: Pace = { look: 2_000, status: 3_000 };

/** Milliseconds. Every request has a deadline of half a minute; a turn that takes longer than this hangs. */
const LONGEST_TURN = 300_000;
/** Milliseconds between two looks whether the lists have been read. */
const READ_YET = 250;

/** Turns CounterClusters into what they want to be, and keeps them so. What it knows it has read: it may end and begin again at any moment. */
export class Operator {
  readonly #parts: OperatorParts;
  readonly #view: ApiView;
  readonly #looks: Looks;
  readonly #events: EventRecorder;
  readonly #storageClasses: StorageClasses;
  readonly #queue: WorkQueue;
  /** By uid: a resource that is made again under the same name shares nothing with the one before. */
  readonly #lives = new Map<string, { readonly uid: string; readonly reconciling: Reconciling }>();

  constructor(parts: OperatorParts) {
    const { api, clock, pages, random, logger } = parts;
    this.#parts = parts;
    this.#view = new ApiView({
      ...parts,
      changed: (key) => this.#queue.add(key),
      failed: ({ plural }, error) => logger.warn("cannot follow objects", { kind: plural, error: error.message }),
    });
    this.#looks = new Looks({
      clock,
      pages,
      pause: (parts.pace ?? USUAL_PACE).look,
      pods: (key) => this.#view.counterPods(key),
      looked: (key) => this.#queue.remind(key),
    });
    this.#events = new EventRecorder({ api, clock, random, logger });
    this.#storageClasses = new StorageClasses(api, clock);
    this.#queue = new WorkQueue({
      clock,
      random,
      work: (key) => this.#work(key),
      failed: (key, error) => this.#failed(key, error),
    });
  }

  start(): void {
    this.#view.start();
  }

  /** Begins nothing more. Resolves when what has begun is over. */
  async stop(): Promise<void> {
    this.#view.stop();
    this.#looks.endAll();
    await this.#queue.stop();
    this.#events.stop();
  }

  /** False when a turn hangs, which only a restart can end. */
  alive(): boolean {
    return this.#queue.oldest < LONGEST_TURN;
  }

  /** Whether it knows what there is. */
  ready(): boolean {
    return this.#view.unread === 0;
  }

  statistics(): OperatorStatistics {
    return {
      resources: this.#view.served,
      waiting: this.#queue.waiting,
      failing: this.#queue.failing,
      unread: this.#view.unread,
      events: this.#events.waiting,
    };
  }

  async #work(key: string): Promise<number | null> {
    if (!this.ready()) return READ_YET;
    const cluster = this.#view.cluster(key);
    if (!cluster || cluster.metadata.deletionTimestamp !== undefined) {
      this.#forget(key);
      return null;
    }
    const life = this.#life(key, cluster.metadata.uid);
    // What the counters say may be a reason to leave them alone, and a new operator has not asked them yet.
    if (!this.#looks.hasLooked(key)) return null;
    const { clock, meter } = this.#parts;
    const began = clock.monotonic();
    let outcome: ReconcileOutcome = "failed";
    try {
      const turn = await life.turn(cluster);
      outcome = turn.outcome;
      return turn.again;
    } finally {
      meter.reconciled(outcome, (clock.monotonic() - began) / 1000);
    }
  }

  #life(key: string, uid: string): Reconciling {
    const known = this.#lives.get(key);
    if (known?.uid === uid) return known.reconciling;
    // That it went may not have been seen: one made again at once, or while a watch was away, is one change.
    this.#forget(key);
    this.#looks.begin(key);
    const parts = { view: this.#view, looks: this.#looks, events: this.#events, storageClasses: this.#storageClasses };
    const reconciling = new Reconciling({ pace: USUAL_PACE, ...this.#parts, ...parts });
    this.#lives.set(key, { uid, reconciling });
    return reconciling;
  }

  /** What is left of a resource that is gone, or is another operator's, is none of our business. */
  #forget(key: string): void {
    this.#lives.delete(key);
    this.#looks.end(key);
    this.#view.forget(key);
  }

  #failed(key: string, error: unknown): void {
    const { logger } = this.#parts;
    if (error instanceof KubernetesError) {
      logger.warn("will try again", { resource: key, error: error.message });
      return;
    }
    const trace = error instanceof Error ? error.stack : String(error);
    logger.error("a resource could not be worked on", { resource: key, error: trace });
    const cluster = this.#view.cluster(key);
    const message = `The operator cannot work on it: ${error instanceof Error ? error.message : String(error)}`;
    if (cluster) this.#events.record(cluster, { type: "Warning", reason: "OperatorFault", message });
  }
}
