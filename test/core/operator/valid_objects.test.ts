import assert from "node:assert/strict";
import type { CounterCluster, CounterClusterSpec } from "../../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { DesiredObject } from "../../../internal/core/operator/desired/object.ts";
import type { KubernetesApi } from "../../../internal/ports/kubernetes.ts";
import { childKind } from "../../../internal/services/operator/child_kinds.ts";
import { requireApiServer, sharedApiServer } from "../../adapters/kubernetes/api_server.ts";
import { NAMESPACES, PODS } from "../../adapters/kubernetes/resources.ts";
import { cluster, DEFAULTS, managedEtcd, observation } from "./samples.ts";

/** Resources whose objects differ as much as they can. */
const RESOURCES: Readonly<Record<string, Partial<CounterClusterSpec>>> = {
  "nothing at all": {},
  "as much as possible": {
    replicas: 0,
    image: "registry.example:5000/counter@sha256:0",
    imagePullPolicy: "Always",
    imagePullSecrets: [{ name: "registry" }],
    region: "eu-central-1",
    service: { type: "LoadBalancer", port: 8080, annotations: { a: "b" } },
    ingress: { host: "count.example", className: "nginx", annotations: { a: "b" }, tlsSecret: "tls" },
    store: managedEtcd({ members: 3, storage: { size: "2Gi", storageClassName: "fast" } }),
    scheduling: {
      topologySpread: "Required",
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      nodeSelector: { disk: "fast" },
      tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
      priorityClassName: "high",
    },
    monitoring: { dashboard: { labels: { grafana_dashboard: "1" } } },
    podTemplate: {
      labels: { team: "a" },
      annotations: { note: "b" },
      env: [
        { name: "GLOBAL_CLUSTER_COUNTERS", value: "b" },
        { name: "GLOBAL_CLUSTER_URL", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } as object },
      ],
      shareProcessNamespace: true,
    },
  },
  "an emptyDir": { store: managedEtcd({ emptyDir: {} }), disruptionBudget: false, networkPolicy: false },
  "an external store": {
    store: {
      etcd: {
        external: {
          endpoints: ["etcd-0.example:2379", "etcd-1.example:2379"],
          tls: { secretName: "tls", clientCertificate: true },
          auth: { secretName: "user" },
        },
      },
    },
    scheduling: { topologySpread: "None" },
  },
};

describe("desired objects, on a real API server", () => {
  let api: KubernetesApi;
  let namespace: string;
  before(async function () {
    requireApiServer(this);
    const server = await sharedApiServer();
    api = server.api();
    namespace = await server.namespace("objects");
    await enforceRestrictedPods();
  });

  async function enforceRestrictedPods(): Promise<void> {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } };
    await api.apply(NAMESPACES, object, { fieldManager: "test", force: true });
  }

  function objectsOf(spec: Partial<CounterClusterSpec>): readonly DesiredObject[] {
    const resource = cluster(spec);
    const there: CounterCluster = {
      ...resource,
      metadata: { ...resource.metadata, namespace },
      status: { observedGeneration: 1, ledgerID: "first" },
    };
    return decide(observation({ cluster: there }), null, DEFAULTS).objects;
  }

  for (const [what, spec] of Object.entries(RESOURCES)) {
    describe(`of a resource with ${what}`, () => {
      for (const { kind, metadata } of objectsOfAnywhere(spec)) {
        it(`has a valid ${kind} ${metadata.name}`, async () => {
          const object = objectsOf(spec).find((one) => one.kind === kind && one.metadata.name === metadata.name);
          assert.ok(object);
          const applied = await api.apply(childKind(object), object, {
            fieldManager: "test",
            force: true,
            dryRun: true,
          });
          assert.deepEqual(lost(object, applied), []);
        });
      }

      for (const { kind } of objectsOfAnywhere(spec).filter(isWorkload)) {
        it(`has pods that a restricted namespace admits (${kind})`, async () => {
          const workload = objectsOf(spec)
            .filter(isWorkload)
            .find((object) => object.kind === kind);
          assert.ok(workload);
          const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "one", namespace }, spec: podSpec(workload) };
          await api.apply(PODS, pod, { fieldManager: "test", force: true, dryRun: true });
        });
      }
    });
  }
});

interface Workload extends DesiredObject {
  readonly spec: {
    readonly template: { readonly spec: { readonly volumes: object[] } & object };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
}

function isWorkload(object: DesiredObject): object is Workload {
  return object.kind === "Deployment" || object.kind === "StatefulSet";
}

/** Without what is decided by others: no service account and no priority class is there to be asked for. */
function podSpec({ spec: { template, volumeClaimTemplates = [] } }: Workload): object {
  const { priorityClassName: _, ...spec } = template.spec as {
    priorityClassName?: string;
  } & Workload["spec"]["template"]["spec"];
  const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({ name, emptyDir: {} }));
  return { ...spec, volumes: [...spec.volumes, ...claimed] };
}

/** For the names of tests, which mocha wants before there is a namespace. */
function objectsOfAnywhere(spec: Partial<CounterClusterSpec>): readonly DesiredObject[] {
  const there = { ...cluster(spec), status: { observedGeneration: 1, ledgerID: "first" } };
  return decide(observation({ cluster: there }), null, DEFAULTS).objects;
}

/** Paths of what the API server did not keep: it drops fields that it does not know without a word. It does not say what is false. */
function lost(wanted: unknown, kept: unknown, path = ""): string[] {
  if (wanted === false && path === ".spec.paused") return [];
  if (typeof wanted !== "object" || wanted === null) return kept === undefined ? [path] : [];
  return Object.entries(wanted).flatMap(([key, part]) => {
    const empty = typeof part === "object" && part !== null && Object.keys(part).length === 0;
    const there = (kept as Record<string, unknown> | undefined)?.[key];
    return empty ? [] : lost(part, there, `${path}.${key}`);
  });
}
