import { DEFAULT_LIVES } from "../../../internal/core/operator/certificates.ts";
import type { Deployment, Pod, StatefulSet } from "../../../internal/core/operator/children.ts";
import type {
  Condition,
  ConditionType,
  CounterCluster,
  CounterClusterSpec,
  CounterClusterStatus,
} from "../../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { OperatorDefaults, PreviousState } from "../../../internal/core/operator/decision.ts";
import type { DesiredObject } from "../../../internal/core/operator/desired/object.ts";
import type { CertificatesState, ClusterReport, Observation } from "../../../internal/core/operator/observation.ts";
import { CURRENT_INTERFACE } from "../../../internal/core/operator/pod_interface.ts";
import { defaultEtcdImage } from "./definition_schema.ts";

/** The spec of an empty resource after the definition's defaults. resource_rules.test.ts compares it with a real API server's. */
export const DEFAULT_SPEC: CounterClusterSpec = {
  class: "default",
  replicas: 3,
  resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
  service: { type: "ClusterIP", port: 80 },
  store: {
    etcd: {
      managed: {
        members: 1,
        image: defaultEtcdImage(),
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
      },
    },
  },
  journal: { size: "256Mi" },
  limits: { counters: 10_000 },
  scheduling: { topologySpread: "Preferred" },
  drainSeconds: 25,
  monitoring: {},
  disruptionBudget: true,
  networkPolicy: true,
  tls: {},
  podTemplate: { shareProcessNamespace: false },
};

export const DEFAULTS: OperatorDefaults = { image: "global-cluster:1", namespace: "operators", lives: DEFAULT_LIVES };
/** 2026-01-01T00:00:00Z */
export const NOW = 1_767_225_600_000;

/** Valid for a day. */
export const CERTIFICATES: CertificatesState = { trust: "first", validUntil: NOW + 86_400_000, awaited: [] };

export function cluster(spec: Partial<CounterClusterSpec> = {}): CounterCluster {
  return {
    apiVersion: "globalcluster.dev/v1alpha1",
    kind: "CounterCluster",
    metadata: { name: "visits", namespace: "web", uid: "1234", generation: 4 },
    spec: { ...DEFAULT_SPEC, ...spec },
    status: { observedGeneration: -1 },
  };
}

export function managedEtcd(fields: Partial<NonNullable<CounterClusterSpec["store"]["etcd"]["managed"]>>) {
  const usual = DEFAULT_SPEC.store.etcd.managed;
  if (!usual) throw new Error("the default store is a managed one");
  return { etcd: { managed: { ...usual, ...fields } } };
}

/** A resource that was just created, without any objects. */
export function observation(fields: Partial<Observation> = {}): Observation {
  return {
    cluster: cluster(),
    now: NOW,
    deployment: null,
    statefulSet: null,
    pods: [],
    volumes: [],
    storageClasses: null,
    report: null,
    formerStorePods: [],
    leaving: [],
    certificates: CERTIFICATES,
    reachedByStranger: false,
    refusedObjects: [],
    ...fields,
  };
}

export function pod(name: string, component: "counter" | "etcd", status: Pod["status"] = { phase: "Running" }): Pod {
  const labels = {
    "app.kubernetes.io/name": "global-cluster",
    "app.kubernetes.io/instance": "visits",
    "app.kubernetes.io/component": component,
  };
  return {
    metadata: { name, namespace: "web", uid: `uid of ${name}`, labels, annotations: CURRENT_INTERFACE },
    status: { phase: "Running", ...status },
  };
}

/** All is well, as one of three counters reports it. */
export function report(fields: Partial<ClusterReport> = {}): ClusterReport {
  const names = ["visits-a", "visits-b", "visits-c"];
  return {
    at: NOW,
    pod: "visits-a",
    ledger: "first",
    version: 7,
    leader: "id of visits-a",
    store: "ok",
    storeDetail: "",
    age: 0.4,
    interval: 1,
    total: 1_000n,
    largest: [{ name: "visits", total: 1_000n }],
    nodes: names.map((name) => ({ id: `id of ${name}`, name, state: "counting", pending: 0, age: 1 })),
    ...fields,
  };
}

/** The live Deployment or StatefulSet of a desired one, with so many pods, all of them updated and ready. */
export function settled(desired: DesiredObject | undefined, replicas: number): Deployment & StatefulSet {
  if (!desired) throw new Error("it was not desired");
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  return {
    metadata: { ...desired.metadata, generation: 2 },
    spec: { replicas },
    status: { observedGeneration: 2, ...counts },
  };
}

export function objectOf(objects: readonly DesiredObject[], kind: string, name = "visits"): DesiredObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name} among ${objects.map(({ kind }) => kind).join(", ")}`);
  return found;
}

/** A resource whose pods all count, with the given differences. */
export function running(spec: Partial<CounterClusterSpec> = {}, fields: Partial<Observation> = {}): Observation {
  const resource = cluster(spec);
  const { objects } = decide(observation({ cluster: resource }), null, DEFAULTS);
  const store = objects.find(({ kind }) => kind === "StatefulSet");
  const { replicas } = resource.spec;
  const names = ["visits-a", "visits-b", "visits-c"].slice(0, replicas);
  return observation({
    cluster: resource,
    deployment: settled(objectOf(objects, "Deployment"), replicas),
    statefulSet: store ? settled(store, 1) : null,
    pods: [...names.map((name) => pod(name, "counter")), pod("visits-etcd-0", "etcd")],
    report: report(),
    ...fields,
  });
}

export function statusOf(seen: Observation, before: PreviousState | null = null): CounterClusterStatus {
  return decide(seen, before, DEFAULTS).status;
}

export function conditionIn({ conditions }: CounterClusterStatus, type: ConditionType): Condition {
  const found = conditions?.find((condition) => condition.type === type);
  if (!found) throw new Error(`there is no condition ${type}`);
  return found;
}

/** Status and reason of a condition, as in `False StoreAway`. */
export function told(status: CounterClusterStatus, type: ConditionType): string {
  const condition = conditionIn(status, type);
  return `${condition.status} ${condition.reason}`;
}
