import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { etcdMemberCommand } from "../../../cmd/settings/etcd_member_settings.ts";
import { nodeCommand } from "../../../cmd/settings/node_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { isAdmitted } from "../../../internal/core/operator/admitted_env.ts";
import type { CounterClusterSpec, EnvSpec } from "../../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../../internal/core/operator/decide.ts";
import { counterEnv } from "../../../internal/core/operator/desired/counter_env.ts";
import type { DesiredObject } from "../../../internal/core/operator/desired/object.ts";
import { counterInputs } from "../../../internal/core/operator/desired/pod_inputs.ts";
import type { EnvVariable } from "../../../internal/core/operator/desired/store_access.ts";
import { RENDERED } from "../../../internal/core/operator/rollout.ts";
import type { Transport } from "../../../internal/core/operator/transport.ts";
import { schemaOf } from "./definition_schema.ts";
import {
  cluster,
  conditionIn,
  DEFAULTS,
  managedEtcd,
  objectOf,
  observation,
  running,
  statusOf,
  told,
} from "./samples.ts";

const EXTERNAL: CounterClusterSpec["store"] = {
  etcd: {
    external: {
      endpoints: ["etcd-0.example:2379", "etcd-1.example:2379"],
      tls: { secretName: "tls", clientCertificate: true },
      auth: { secretName: "user" },
    },
  },
};

const ACCESS: CounterClusterSpec["access"] = {
  ...{ anonymous: "read", maxBy: 5, create: "token" },
  counters: [
    { name: "visits", anonymous: "count", maxBy: 1 },
    { name: "blog-*", create: "anyone" },
  ],
  origins: ["https://example.com", "https://example.org"],
  hosts: ["count.example"],
  trustedProxies: ["10.0.0.0/8", "::1"],
  tokensSecret: "visits-tokens",
  adminPage: "public",
};

function objectsOf(spec: Partial<CounterClusterSpec> = {}, ledgerID?: string): readonly DesiredObject[] {
  const resource = { ...cluster(spec), status: { observedGeneration: 1, ...(ledgerID && { ledgerID }) } };
  return decide(observation({ cluster: resource }), null, DEFAULTS).objects;
}

function titles(objects: readonly DesiredObject[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly topologySpreadConstraints?: readonly { readonly whenUnsatisfiable: string }[];
  readonly containers: readonly [Container];
  readonly initContainers: readonly [Container];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly optional?: boolean } }[];
}

interface Container {
  readonly image: string;
  readonly env: readonly EnvVariable[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
}

function podSpec(objects: readonly DesiredObject[], kind: "Deployment" | "StatefulSet"): PodSpec {
  const object = objectOf(objects, kind, kind === "Deployment" ? "visits" : "visits-etcd");
  return (object.spec as { template: { spec: PodSpec } }).template.spec;
}

interface Workload {
  readonly template?: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: Readonly<Record<"containers" | "initContainers", Container[]>>;
  };
}

interface Container {
  readonly name: string;
  readonly terminationMessagePolicy?: string;
}

/** A variable's value, or the path of the field that it comes from. */
function variable(env: readonly EnvVariable[], name: string): unknown {
  const found = env.find((one) => one.name === name);
  return found?.value ?? (found?.valueFrom as { fieldRef?: { fieldPath: string } } | undefined)?.fieldRef?.fieldPath;
}

const TLS: Transport = { peers: "tls", store: "tls" };
/** A file that exists here, and that begins as certificates do. */
const PEM = join(mkdtempSync(join(tmpdir(), "desired-")), "any.pem");

/** A setting with the path of a certificate in a pod, for a program that runs here. */
function here(value: string | undefined): string | undefined {
  return value?.startsWith("/etc/global-cluster/tls/") ? PEM : value;
}

describe("desired objects", () => {
  before(() => writeFileSync(PEM, "-----BEGIN CERTIFICATE-----\n"));
  after(() => rmSync(dirname(PEM), { recursive: true }));

  it("are these by default", () => {
    assert.deepEqual(titles(objectsOf()), [
      "Deployment visits",
      "NetworkPolicy visits",
      "NetworkPolicy visits-etcd",
      "PodDisruptionBudget visits",
      "PodDisruptionBudget visits-etcd",
      "Role visits",
      "RoleBinding visits",
      "Service visits",
      "Service visits-etcd",
      "Service visits-peers",
      "ServiceAccount visits",
      "StatefulSet visits-etcd",
    ]);
  });

  const DIFFERENCES: [string, Partial<CounterClusterSpec>, { more?: string[]; less?: string[] }][] = [
    [
      "an external store",
      { store: EXTERNAL },
      {
        less: [
          "NetworkPolicy visits-etcd",
          "PodDisruptionBudget visits-etcd",
          "Service visits-etcd",
          "StatefulSet visits-etcd",
        ],
      },
    ],
    [
      "no budgets",
      { disruptionBudget: false },
      { less: ["PodDisruptionBudget visits", "PodDisruptionBudget visits-etcd"] },
    ],
    ["no policies", { networkPolicy: false }, { less: ["NetworkPolicy visits", "NetworkPolicy visits-etcd"] }],
    ["an ingress", { ingress: { host: "count.example" } }, { more: ["Ingress visits"] }],
    ["a pod monitor", { monitoring: { podMonitor: { interval: "15s" } } }, { more: ["PodMonitor visits"] }],
    ["a dashboard", { monitoring: { dashboard: { labels: {} } } }, { more: ["ConfigMap visits-dashboard"] }],
  ];
  for (const [what, spec, { more = [], less = [] }] of DIFFERENCES) {
    it(`differ with ${what}`, () => {
      const usual = titles(objectsOf()).filter((title) => !less.includes(title));
      assert.deepEqual(titles(objectsOf(spec)), [...usual, ...more].sort());
    });
  }

  it("let nodes be drained, even of a single pod that is not ready, but not of members that the others need", () => {
    const policies = (members: 1 | 3) =>
      objectsOf({ store: managedEtcd({ members }) })
        .filter(({ kind }) => kind === "PodDisruptionBudget")
        .map(({ spec }) => spec as { maxUnavailable: number; unhealthyPodEvictionPolicy?: string })
        .map((spec) => [spec.maxUnavailable, spec.unhealthyPodEvictionPolicy]);
    const counters = [1, "IfHealthyBudget"];
    assert.deepEqual(policies(1), [counters, [1, "AlwaysAllow"]]);
    assert.deepEqual(policies(3), [counters, [1, undefined]]);
  });

  it("let Kubernetes copy the end of a failed container's log into the pod's status, where the operator reads it", () => {
    const containers = objectsOf().flatMap(({ spec }) => {
      const { containers = [], initContainers = [] } = (spec as Workload | undefined)?.template?.spec ?? {};
      return [...initContainers, ...containers];
    });
    assert.deepEqual(
      containers.map(({ name, terminationMessagePolicy: policy }) => `${name}: ${policy}`).sort(),
      ["counter", "etcd", "prepare"].map((name) => `${name}: FallbackToLogsOnError`),
    );
  });

  it("belong to the resource and have its name in a label", () => {
    for (const { kind, metadata } of objectsOf({
      ingress: { host: "a.example" },
      monitoring: { dashboard: { labels: {} } },
    })) {
      const { namespace, labels, ownerReferences } = metadata;
      assert.equal(namespace, "web", kind);
      assert.equal(labels["app.kubernetes.io/instance"], "visits", kind);
      assert.equal(labels["app.kubernetes.io/managed-by"], "global-cluster-operator", kind);
      assert.deepEqual(
        ownerReferences.map(({ uid, controller }) => ({ uid, controller })),
        [{ uid: "1234", controller: true }],
      );
    }
  });

  it("have the known ledger in a ConfigMap of its own, before the pods, and nowhere else", () => {
    const [before, after] = [objectsOf(), objectsOf({}, "first")];
    const kinds = after.map(({ kind }) => kind);
    assert.deepEqual(objectOf(after, "ConfigMap", "visits-ledger").data, { ledger: "first" });
    assert.ok(kinds.indexOf("ConfigMap") < kinds.indexOf("Deployment"));
    assert.deepEqual(
      after.filter(({ kind }) => kind !== "ConfigMap"),
      before,
    );
    const volume = podSpec(before, "Deployment").volumes.find(({ name }) => name === "ledger");
    assert.equal(volume?.configMap?.optional, true);
  });

  it("set exactly the settings of a counter that the definition refuses to people", () => {
    const names = new Set(
      [{}, { store: EXTERNAL }, { access: ACCESS }].flatMap((spec) =>
        counterEnv(cluster(spec), { ...TLS, peers: "both" }).map(({ name }) => name),
      ),
    );
    // Resources from before spec.access may have it among their variables.
    names.delete("GLOBAL_CLUSTER_ALLOWED_ORIGINS");
    // Both are ways to give the same password.
    names.add("GLOBAL_CLUSTER_ETCD_PASSWORD_FILE");
    const env = schemaOf("spec").properties?.podTemplate?.properties?.env?.items?.properties?.name;
    const [, rule] = env?.["x-kubernetes-validations"] ?? [];
    assert.deepEqual([...(rule?.rule ?? "").matchAll(/'(\w+)'/g)].map(([, name]) => name).sort(), [...names].sort());
    assert.deepEqual(
      [...names].filter((name) => isAdmitted({ name, value: "x" })),
      [],
    );
  });

  for (const [what, spec] of Object.entries({
    managed: {},
    external: { store: { etcd: { external: { endpoints: ["a:1"] } } } },
    "managed, with access": { access: (({ tokensSecret: _, ...open }) => open)(ACCESS ?? {}) },
  })) {
    it(`give a counter on a store that is ${what} settings that its program accepts`, () => {
      const fields: Readonly<Record<string, string>> = { "status.podIP": "10.0.0.7", "metadata.namespace": "web" };
      const given = counterEnv(cluster(spec), TLS).map(({ name, value, valueFrom }) => {
        const { fieldRef } = (valueFrom ?? {}) as { fieldRef?: { fieldPath: string } };
        return [name, here(value) ?? fields[fieldRef?.fieldPath ?? ""] ?? "visits-a"];
      });
      const reading = parseSettings(nodeCommand, [], Object.fromEntries(given));
      assert.equal(reading.kind, "settings", JSON.stringify(reading));
      if (reading.kind !== "settings") return;
      const { peerHost, peerPort, drainDelay, drainTimeout, pods } = reading.settings;
      assert.deepEqual({ peerHost, peerPort }, { peerHost: "10.0.0.7", peerPort: 4001 });
      assert.ok(drainDelay > 0 && drainTimeout >= 2 * drainDelay);
      assert.equal(pods?.namespace, "web");
    });
  }

  describe("of a resource from before the definition refused variables that can run code", () => {
    const env = [
      { name: "NODE_OPTIONS", value: "--import=data:text/javascript,evil()" },
      { name: "GLOBAL_CLUSTER_COUNTERS", value: "visits" },
      { name: "GLOBAL_CLUSTER_STORE", value: "sqlite::memory:" },
      { name: "GLOBAL_CLUSTER_URL", valueFrom: { secretKeyRef: { name: "others", key: "password" } } },
    ];
    const old = (variables: readonly EnvSpec[]) => ({ podTemplate: { shareProcessNamespace: false, env: variables } });

    it("pass on the counter's own settings alone", () => {
      const given = podSpec(objectsOf(old(env)), "Deployment").containers[0].env.slice(
        counterEnv(cluster(), TLS).length,
      );
      assert.deepEqual(given, [env[1]]);
    });

    it("replace pods that got such a variable from an earlier operator", () => {
      const { inputs } = JSON.parse(
        objectOf(objectsOf(old(env)), "Deployment", "visits").metadata.annotations?.[RENDERED] ?? "",
      );
      assert.deepEqual(inputs.podTemplate.env, [env[1]]);
    });

    it("come with a condition that names the variables", () => {
      const status = statusOf(running(old(env)));
      assert.equal(told(status, "Degraded"), "True VariablesIgnored");
      assert.match(
        conditionIn(status, "Degraded").message,
        /NODE_OPTIONS, GLOBAL_CLUSTER_STORE and GLOBAL_CLUSTER_URL/,
      );
      assert.match(told(status, "Ready"), /^True/);
    });
  });

  it("give a pod the region of its node, or of the resource", () => {
    const region = (spec: Partial<CounterClusterSpec>) =>
      variable(counterEnv(cluster(spec), TLS), "GLOBAL_CLUSTER_REGION");
    assert.equal(region({}), "metadata.labels['topology.kubernetes.io/region']");
    assert.equal(region({ region: "mars" }), "mars");
  });

  describe("of a resource that says what requests may do", () => {
    const env = (spec: Partial<CounterClusterSpec>) =>
      Object.fromEntries(
        counterEnv(cluster(spec), TLS).map(({ name, value }) => [name.replace("GLOBAL_CLUSTER_", ""), value]),
      );

    it("pass it on as the counter's settings, for all counters and by name", () => {
      const { ANONYMOUS, MAX_BY, CREATE, ALLOWED_ORIGINS, ALLOWED_HOSTS, TRUSTED_PROXIES, TOKENS, ADMIN_PAGE } = env({
        access: ACCESS,
      });
      assert.deepEqual([ANONYMOUS, MAX_BY, CREATE], ["read,visits=count", "5,visits=1", "token,blog-*=anyone"]);
      assert.equal(ALLOWED_ORIGINS, "https://example.com,https://example.org");
      assert.equal(TRUSTED_PROXIES, "10.0.0.0/8,::1");
      assert.equal(ALLOWED_HOSTS, "count.example,visits,visits.web,visits.web.svc,visits.web.svc.cluster.local");
      assert.equal(TOKENS, "/etc/global-cluster/tokens/tokens.json");
      assert.equal(ADMIN_PAGE, "public");
    });

    it("let the Ingress's host in, and replace the pods if it changes", () => {
      const hosts = (host: string) => env({ access: { hosts: ["a.example"] }, ingress: { host } }).ALLOWED_HOSTS ?? "";
      assert.match(hosts("count.example"), /^a\.example,count\.example,visits,/);
      const inputs = (host: string, access: CounterClusterSpec["access"] = {}) =>
        JSON.stringify(counterInputs(cluster({ ingress: { host }, access }), TLS));
      assert.notEqual(inputs("a.example", { hosts: ["c"] }), inputs("b.example", { hosts: ["c"] }));
      assert.equal(inputs("a.example"), inputs("b.example"));
    });

    it("mount the Secret where the counter reads its tokens", () => {
      const { volumes, containers } = podSpec(objectsOf({ access: ACCESS }), "Deployment");
      assert.deepEqual(
        volumes.find(({ name }) => name === "tokens"),
        {
          name: "tokens",
          secret: { secretName: "visits-tokens" },
        },
      );
      const mount = containers[0].volumeMounts.find(({ name }) => name === "tokens");
      assert.deepEqual([mount?.mountPath, mount?.readOnly], ["/etc/global-cluster/tokens", true]);
    });

    it("leave to the counter what it does not say", () => {
      const without = Object.keys(env({}));
      assert.deepEqual(Object.keys(env({ access: {} })), without);
      const one = Object.keys(env({ access: { counters: [{ name: "a", maxBy: 2 }] } }));
      assert.deepEqual(
        one.filter((name) => !without.includes(name)),
        ["MAX_BY"],
      );
    });
  });

  it("name every member of a managed store", () => {
    const store = (spec: Partial<CounterClusterSpec>) =>
      variable(counterEnv(cluster(spec), TLS), "GLOBAL_CLUSTER_STORE");
    assert.equal(store({}), "etcd://visits-etcd-0.visits-etcd.web.svc:2379");
    assert.equal(
      store({ store: managedEtcd({ members: 3 }) }),
      "etcd://visits-etcd-0.visits-etcd.web.svc:2379,visits-etcd-1.visits-etcd.web.svc:2379,visits-etcd-2.visits-etcd.web.svc:2379",
    );
  });

  it("give each cluster a prefix and an owner in a store that may be shared", () => {
    const env = counterEnv(cluster({ store: EXTERNAL }), TLS);
    assert.equal(variable(env, "GLOBAL_CLUSTER_STORE"), "etcd://etcd-0.example:2379,etcd-1.example:2379");
    assert.equal(variable(env, "GLOBAL_CLUSTER_ETCD_PREFIX"), "/global-cluster/web/visits/");
    assert.equal(variable(env, "GLOBAL_CLUSTER_OWNER"), "web/visits/1234");
    assert.equal(variable(counterEnv(cluster(), TLS), "GLOBAL_CLUSTER_OWNER"), undefined);
  });

  it("let the store outlive the longest drain, and give both time for their exit", () => {
    const objects = objectsOf({ drainSeconds: 40 });
    const [counter, store] = [podSpec(objects, "Deployment"), podSpec(objects, "StatefulSet")];
    const sleep = store.containers[0].lifecycle?.preStop.sleep.seconds ?? 0;
    // A process that has just begun to start would not hear of its end yet.
    const untold = counter.containers[0].lifecycle?.preStop.sleep.seconds ?? 0;
    assert.ok(untold > 0);
    assert.equal(variable(counter.containers[0].env, "GLOBAL_CLUSTER_DRAIN_TIMEOUT"), `${40 - untold}s`);
    assert.ok(counter.terminationGracePeriodSeconds > 40);
    assert.ok(sleep >= counter.terminationGracePeriodSeconds);
    assert.ok(store.terminationGracePeriodSeconds > sleep);
  });

  for (const members of [1, 3] as const) {
    it(`start a store of ${members} with settings that its program accepts`, () => {
      const objects = objectsOf({ store: managedEtcd({ members, storage: { size: "4Gi" } }) });
      const { env } = podSpec(objects, "StatefulSet").initContainers[0];
      const given = env.map(({ name, value }) => [name, here(value) ?? "visits-etcd-0"]);
      const reading = parseSettings(etcdMemberCommand, [], Object.fromEntries(given));
      assert.equal(reading.kind, "settings", JSON.stringify(reading));
      if (reading.kind !== "settings") return;
      const { membership, quota } = reading.settings;
      assert.equal(membership.all.length, members);
      assert.equal(membership.me.peerUrl, "https://visits-etcd-0.visits-etcd.web.svc:2380");
      assert.equal(quota, 2 ** 30);
    });
  }

  it("mark each volume with the number of members", () => {
    const templates = (spec: Partial<CounterClusterSpec>) =>
      (objectOf(objectsOf(spec), "StatefulSet", "visits-etcd").spec as { volumeClaimTemplates?: DesiredObject[] })
        .volumeClaimTemplates;
    const [claim] = templates({ store: managedEtcd({ members: 3 }) }) ?? [];
    assert.equal(claim?.metadata.labels["globalcluster.dev/members"], "3");
    assert.equal(templates({ store: managedEtcd({ emptyDir: {} }) }), undefined);
  });

  it("spread pods as the resource says", () => {
    const spread = (topologySpread: "Preferred" | "Required" | "None") =>
      podSpec(objectsOf({ scheduling: { topologySpread } }), "Deployment").topologySpreadConstraints?.map(
        ({ whenUnsatisfiable }) => whenUnsatisfiable,
      );
    assert.deepEqual(spread("Preferred"), ["ScheduleAnyway", "ScheduleAnyway"]);
    assert.deepEqual(spread("Required"), ["DoNotSchedule", "DoNotSchedule"]);
    assert.equal(spread("None"), undefined);
  });

  it("run the operator's image if the resource names none", () => {
    assert.equal(podSpec(objectsOf(), "Deployment").containers[0].image, "global-cluster:1");
    assert.equal(podSpec(objectsOf({ image: "mine" }), "Deployment").containers[0].image, "mine");
    assert.equal(podSpec(objectsOf({ image: "mine" }), "StatefulSet").initContainers[0].image, "global-cluster:1");
  });
});
