import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { decide } from "../../core/operator/decide.ts";
import type { OperatorDefaults, PreviousState } from "../../core/operator/decision.ts";
import { counterName, etcdName } from "../../core/operator/desired/names.ts";
import type { Observation } from "../../core/operator/observation.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi } from "../../ports/kubernetes.ts";
import type { ReconcileOutcome } from "../../ports/operator_meter.ts";
import type { ApiView } from "./api_view.ts";
import { Children } from "./children.ts";
import type { EventRecorder } from "./event_recorder.ts";
import type { Looks } from "./looks.ts";
import { ownWorkload } from "./own_workloads.ts";
import { formerStorePods, leavingChildren } from "./predecessor.ts";
import { Refusals } from "./refusals.ts";
import { StatusWriter } from "./status_writer.ts";
import type { StorageClasses } from "./storage_classes.ts";

export interface ReconcilingParts {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly view: ApiView;
  readonly looks: Looks;
  readonly storageClasses: StorageClasses;
  readonly events: EventRecorder;
  readonly defaults: OperatorDefaults;
  readonly pace: Pace;
}

/** Times are in milliseconds. */
export interface Pace {
  /** Between two looks at the counters of one resource. */
  readonly look: number;
  /** Between two writes of one resource's status: a total that changes each second must not be a write each second. */
  readonly status: number;
}

/** Milliseconds before another attempt at what passes by itself, such as an object that is being deleted. */
const WAIT = 1_000;

export interface Turn {
  readonly outcome: Exclude<ReconcileOutcome, "failed">;
  /** Milliseconds after which to come again; null: when something changes. */
  readonly again: number | null;
}

/** One life of one resource, and what the operator remembers of it. All of it may be lost at any time. */
export class Reconciling {
  readonly #parts: ReconcilingParts;
  readonly #refusals: Refusals;
  readonly #children: Children;
  readonly #status: StatusWriter;
  #previous: PreviousState | null = null;

  constructor(parts: ReconcilingParts) {
    const { api, clock, view, events } = parts;
    this.#parts = parts;
    this.#refusals = new Refusals(clock);
    this.#children = new Children(
      { api, view, record: (cluster, event) => events.record(cluster, event) },
      this.#refusals,
    );
    this.#status = new StatusWriter(api, clock, parts.pace.status);
  }

  /** Brings everything that belongs to the resource one step nearer to what it wants. Throws KubernetesError. */
  async turn(cluster: CounterCluster): Promise<Turn> {
    await this.#parts.view.refresh(cluster);
    const observation = await this.#observe(cluster);
    const { objects, status, events, next } = decide(observation, this.#previous, this.#parts.defaults);
    this.#previous = next;
    for (const event of events) this.#parts.events.record(cluster, event);
    const before = this.#refusals.all;
    const settled = observation.formerStorePods.length === 0 && (await this.#children.bring(cluster, objects));
    const later = await this.#status.write(cluster, status);
    const refused = this.#refusals.all;
    // The status does not tell yet what has just been refused, or taken.
    if (!sameRefusals(before, refused)) return { outcome: "refused", again: 0 };
    const outcome = refused.length > 0 ? "refused" : settled ? "done" : "waiting";
    return { outcome, again: settled ? later : Math.min(WAIT, later ?? WAIT) };
  }

  async #observe(cluster: CounterCluster): Promise<Observation> {
    const { view, looks, clock, storageClasses } = this.#parts;
    const { metadata, spec } = cluster;
    const volumes = view.volumes(cluster);
    const pending = volumes.some(({ status }) => status?.phase === "Pending");
    return {
      cluster,
      now: clock.wall(),
      deployment: await ownWorkload("Deployment", counterName(cluster), cluster, this.#parts),
      statefulSet: spec.store.etcd.managed
        ? await ownWorkload("StatefulSet", etcdName(cluster), cluster, this.#parts)
        : null,
      pods: view.takePods(cluster),
      volumes,
      storageClasses: pending ? await storageClasses.read() : null,
      report: looks.answer(`${metadata.namespace}/${metadata.name}`),
      formerStorePods: formerStorePods(cluster, view),
      leaving: leavingChildren(cluster, view),
      refusedObjects: this.#refusals.all,
    };
  }
}

function sameRefusals(before: Observation["refusedObjects"], after: Observation["refusedObjects"]): boolean {
  return (
    before.length === after.length &&
    before.every(({ object, message }, index) => {
      const other = after[index];
      return other?.object === object && other.message === message;
    })
  );
}
