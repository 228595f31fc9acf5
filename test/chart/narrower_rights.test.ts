import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";
import {
  type KubernetesApi,
  KubernetesError,
  type KubernetesObject,
  type Resource,
} from "../../internal/ports/kubernetes.ts";
import { requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { NAMESPACES } from "../adapters/kubernetes/resources.ts";
import { COUNTER_CLUSTERS, installDefinition } from "../core/operator/installed_definition.ts";
import { eventually } from "../eventually.ts";
import { MANIFESTS } from "./manifests.ts";

const POLICIES: Resource = {
  apiVersion: "admissionregistration.k8s.io/v1",
  plural: "validatingadmissionpolicies",
  namespaced: false,
};
const BINDINGS: Resource = { ...POLICIES, plural: "validatingadmissionpolicybindings" };
const FORCED = { fieldManager: "an-administrator", force: true };
const external = (fields: object) => ({ store: { etcd: { external: { endpoints: ["etcd:2379"], ...fields } } } });
const variable = (valueFrom: object) => ({ podTemplate: { env: [{ name: "GLOBAL_CLUSTER_COUNTERS", valueFrom }] } });

/** The example of a ValidatingAdmissionPolicy, on a real API server. */
describe("narrower rights", () => {
  let api: KubernetesApi;
  let narrow: string;
  let wide: string;
  before(async function () {
    requireApiServer(this);
    const server = await sharedApiServer();
    api = server.api();
    await installDefinition(api);
    narrow = await server.namespace("narrow");
    wide = await server.namespace("wide");
    const metadata = { name: narrow, labels: { "globalcluster.dev/narrow": "yes" } };
    await api.apply(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata }, FORCED);
    const [policy, binding] = objects();
    assert.ok(policy && binding);
    await api.apply(POLICIES, policy, FORCED);
    await api.apply(BINDINGS, binding, FORCED);
    await eventually(() => make({ image: "any" }).then(() => false, isRefusal));
  });
  after(async () => {
    if (!api) return;
    for (const [resource, object] of [BINDINGS, POLICIES].map(
      (resource, index) => [resource, objects()[1 - index]] as const,
    ))
      if (object) await api.remove(resource, object.metadata);
  });

  function make(spec: object, namespace = narrow): Promise<KubernetesObject> {
    const object: KubernetesObject & object = {
      ...{ apiVersion: COUNTER_CLUSTERS.apiVersion, kind: "CounterCluster", metadata: { name: "visits", namespace } },
      ...{ spec },
    };
    return api.apply<KubernetesObject>(COUNTER_CLUSTERS, object, { fieldManager: "person", force: true, dryRun: true });
  }

  const ALLOWED: [string, object][] = [
    ["nothing at all", {}],
    ["an image of the registry", { image: "registry.example/global-cluster:1" }],
    [
      "Secrets of its own name",
      { ...external({ tls: { secretName: "visits-tls" } }), access: { tokensSecret: "visits-tokens" } },
    ],
    [
      "settings, labels and annotations",
      {
        podTemplate: {
          env: [{ name: "GLOBAL_CLUSTER_COUNTERS", value: "visits" }],
          labels: { "counting.example/team": "a" },
          annotations: { "counting.example/note": "b" },
        },
      },
    ],
    ["an ingress under the domain", { ingress: { host: "shop.count.example", tlsSecret: "visits-tls" } }],
  ];
  for (const [what, spec] of ALLOWED) it(`allow ${what}`, () => make(spec));

  const REFUSED: [string, object, RegExp][] = [
    ["another image", { image: "attacker.example/program" }, /spec.image must be/],
    [
      "another image for the store",
      { store: { etcd: { managed: { image: "attacker.example/etcd" } } } },
      /managed.image must be/,
    ],
    ["somebody else's Secret for TLS", external({ tls: { secretName: "others" } }), /begin with visits-.*: others/],
    ["somebody else's Secret with a password", external({ auth: { secretName: "others" } }), /begin with visits-/],
    ["somebody else's tokens", { access: { tokensSecret: "others" } }, /begin with visits-/],
    ["somebody else's pull Secret", { imagePullSecrets: [{ name: "others" }] }, /begin with visits-/],
    [
      "somebody else's certificate",
      { ingress: { host: "a.count.example", tlsSecret: "others" } },
      /begin with visits-/,
    ],
    ["the text of a ConfigMap", variable({ configMapKeyRef: { name: "others", key: "a" } }), /no valueFrom/],
    ["a shared process namespace", { podTemplate: { shareProcessNamespace: true } }, /shareProcessNamespace/],
    ["labels of others", { podTemplate: { labels: { app: "bank" } } }, /labels of the pods must begin/],
    [
      "annotations of others",
      { podTemplate: { annotations: { "sidecar.example/inject": "x" } } },
      /annotations of the pods must/,
    ],
    ["a toleration", { scheduling: { tolerations: [{ operator: "Exists" }] } }, /without tolerations/],
    ["a priority", { scheduling: { priorityClassName: "system-node-critical" } }, /priorityClassName/],
    ["a load balancer", { service: { type: "LoadBalancer" } }, /must be of the type ClusterIP/],
    ["another host", { ingress: { host: "bank.example" } }, /host must end in .count.example/],
    [
      "annotations for the ingress controller",
      { ingress: { host: "a.count.example", annotations: { a: "b" } } },
      /could configure/,
    ],
    ["no policies", { networkPolicy: false }, /NetworkPolicies must stay/],
    ["no TLS", { tls: { enabled: false } }, /TLS must stay/],
    ["a hundred replicas", { replicas: 100 }, /at most 20 replicas/],
  ];
  for (const [what, spec, words] of REFUSED) {
    it(`refuse ${what}, and only where they apply`, async () => {
      await assert.rejects(make(spec), words);
      await make(spec, wide);
    });
  }
});

function objects(): KubernetesObject[] {
  return loadAll(readFileSync(new URL("examples/narrower_rights.yaml", MANIFESTS), "utf8")) as KubernetesObject[];
}

function isRefusal(error: unknown): boolean {
  return error instanceof KubernetesError && /narrow-counterclusters/.test(error.message);
}
