import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import { decide } from "../../core/operator/decide.ts";
import type { OperatorDefaults, PreviousState, ResourceEvent } from "../../core/operator/decision.ts";
import { counterName, etcdName } from "../../core/operator/desired/names.ts";
import type { Observation } from "../../core/operator/observation.ts";
import { storeTrusts } from "../../core/operator/store_rollout.ts";
import { needsCertificates } from "../../core/operator/transport_change.ts";
import type { CertificateMaker } from "../../ports/certificate_maker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KubernetesApi } from "../../ports/kubernetes.ts";
import type { OperatorMeter, ReconcileOutcome } from "../../ports/operator_meter.ts";
import type { Reachability } from "../../ports/reachability.ts";
import type { Cache } from "./cache.ts";
import { Children } from "./children.ts";
import { ClusterCertificates } from "./cluster_certificates.ts";
import { treatCrashedPods } from "./crashed_pods.ts";
import type { EventRecorder } from "./event_recorder.ts";
import { ownWorkload } from "./own_workloads.ts";
import { formerStorePods, leavingChildren } from "./predecessor.ts";
import { RefusedObjects } from "./refused_objects.ts";
import type { StatusPoller } from "./status_poller.ts";
import { StatusWriter } from "./status_writer.ts";
import type { StorageClasses } from "./storage_classes.ts";
import { Stranger } from "./stranger.ts";

export interface ReconcilerDeps {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly cache: Cache;
  readonly poller: StatusPoller;
  readonly storageClasses: StorageClasses;
  readonly events: EventRecorder;
  readonly meter: OperatorMeter;
  readonly certificateMaker: CertificateMaker;
  readonly reachability: Reachability;
  readonly defaults: OperatorDefaults;
  readonly intervals: Intervals;
}

export interface Intervals {
  /** Milliseconds between two polls of one resource's counters. */
  readonly pollMs: number;
  /** Milliseconds between two writes of one resource's status. A total that changes each second must not cause a write each second. */
  readonly statusMs: number;
}

/** Milliseconds before the next attempt while something passes by itself, for example while an object is being deleted. */
const WAIT_MS = 1_000;

export interface ReconcileResult {
  readonly outcome: Exclude<ReconcileOutcome, "failed">;
  /** Milliseconds. Null: not before something changes. */
  readonly requeueAfter: number | null;
}

/** Reconciles one resource, from its creation to its deletion. What it remembers may be lost at any time. */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #refusedObjects: RefusedObjects;
  readonly #children: Children;
  readonly #certificates: ClusterCertificates;
  readonly #stranger: Stranger;
  readonly #status: StatusWriter;
  #previous: PreviousState | null = null;

  constructor(deps: ReconcilerDeps) {
    const { api, clock, cache, events } = deps;
    this.#deps = deps;
    this.#refusedObjects = new RefusedObjects(clock);
    const record = (cluster: CounterCluster, event: ResourceEvent) => events.record(cluster, event);
    this.#children = new Children({ api, cache, record }, this.#refusedObjects);
    const { certificateMaker: maker, reachability, defaults } = deps;
    this.#certificates = new ClusterCertificates({ api, record, clock, maker, lives: defaults.lives });
    this.#stranger = new Stranger(clock, reachability);
    this.#status = new StatusWriter(api, clock, deps.intervals.statusMs);
  }

  /** Brings all objects of the resource one step closer to what it asks for. Throws KubernetesError. */
  async reconcile(cluster: CounterCluster): Promise<ReconcileResult> {
    await this.#deps.cache.refresh(cluster);
    const observation = await this.#observe(cluster);
    const { objects, status, events, crashedPods, lostHits, next } = decide(
      observation,
      this.#previous,
      this.#deps.defaults,
    );
    this.#previous = next;
    for (const event of events) this.#deps.events.record(cluster, event);
    if (lostHits > 0) this.#deps.meter.lost(lostHits);
    const before = this.#refusedObjects.all;
    const settled = observation.formerStorePods.length === 0 && (await this.#children.reconcile(cluster, objects));
    // After the objects: a detached pod has a disruption budget of its own, which must be there first.
    await treatCrashedPods(this.#deps.api, cluster, crashedPods);
    const writeAfter = await this.#status.write(cluster, status);
    const refused = this.#refusedObjects.all;
    // The status does not show yet what was just refused or accepted.
    if (!sameRefusedObjects(before, refused)) return { outcome: "refused", requeueAfter: 0 };
    const outcome = refused.length > 0 ? "refused" : settled ? "done" : "waiting";
    return { outcome, requeueAfter: settled ? writeAfter : Math.min(WAIT_MS, writeAfter ?? WAIT_MS) };
  }

  async #observe(cluster: CounterCluster): Promise<Observation> {
    const { cache, poller, clock, storageClasses } = this.#deps;
    const { metadata, spec } = cluster;
    const volumes = cache.volumes(cluster);
    const pending = volumes.some(({ status }) => status?.phase === "Pending");
    const pods = cache.takePods(cluster);
    const statefulSet = spec.store.etcd.managed
      ? await ownWorkload("StatefulSet", etcdName(cluster), cluster, this.#deps)
      : null;
    const deployment = await ownWorkload("Deployment", counterName(cluster), cluster, this.#deps);
    const needed = needsCertificates({ cluster, deployment, statefulSet });
    const trusts = (trust: string) => storeTrusts(trust, statefulSet);
    const former = formerStorePods(cluster, cache);
    const certificates = await this.#certificates.reconcile(cluster, needed && former.length === 0, trusts);
    return {
      cluster,
      now: clock.wall(),
      deployment,
      statefulSet,
      pods,
      volumes,
      storageClasses: pending ? await storageClasses.read() : null,
      report: poller.report(`${metadata.namespace}/${metadata.name}`),
      formerStorePods: former,
      leaving: [...leavingChildren(cluster, cache), ...this.#certificates.leaving],
      certificates,
      reachedByStranger: this.#stranger.reached(cluster, pods),
      refusedObjects: [...this.#certificates.refused, ...this.#refusedObjects.all],
    };
  }
}

function sameRefusedObjects(before: Observation["refusedObjects"], after: Observation["refusedObjects"]): boolean {
  return (
    before.length === after.length &&
    before.every(({ object, message }, index) => {
      const other = after[index];
      return other?.object === object && other.message === message;
    })
  );
}
