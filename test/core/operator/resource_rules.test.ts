import assert from "node:assert/strict";
import type { CounterClusterSpec } from "../../../internal/core/operator/counter_cluster.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { requireApiServer, sharedApiServer } from "../../adapters/kubernetes/api_server.ts";
import { eventually } from "../../eventually.ts";
import { type DefinitionObject, definition, type Schema } from "./definition_schema.ts";
import { COUNTER_CLUSTERS, installDefinition } from "./installed_definition.ts";
import { DEFAULT_SPEC } from "./samples.ts";

interface Written extends KubernetesObject {
  readonly spec?: object;
  readonly status?: object;
}

/** As people write it: without what has a default. */
type Spec = object;

const managed = (fields: object): Spec => ({ store: { etcd: { managed: fields } } });
const external = (fields: object = {}): Spec => ({
  store: { etcd: { external: { endpoints: ["etcd:2379"], ...fields } } },
});

describe("the definition, on a real API server", () => {
  let api: KubernetesApi;
  let namespace: string;
  before(async function () {
    requireApiServer(this);
    const server = await sharedApiServer();
    api = server.api();
    namespace = await server.namespace("definition");
    await installDefinition(api);
  });

  function apply(name: string, spec: Spec, dryRun = true): Promise<Written> {
    const object = {
      apiVersion: "globalcluster.dev/v1alpha1",
      kind: "CounterCluster",
      metadata: { namespace, name },
      spec,
    };
    return api.apply<Written>(COUNTER_CLUSTERS, object, { fieldManager: "test", force: true, dryRun });
  }

  async function refuses(words: RegExp, attempt: Promise<unknown>): Promise<void> {
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof KubernetesError && error.status === 422, String(error));
      assert.match(error.message, words);
      return true;
    });
  }

  it("fills in the defaults", async () => {
    const { spec, status } = await apply("visits", {});
    assert.deepEqual(spec, DEFAULT_SPEC satisfies CounterClusterSpec);
    assert.deepEqual(status, { observedGeneration: -1 });
  });

  const ACCEPTED: [string, Spec][] = [
    ["nothing at all", {}],
    ["no replicas", { replicas: 0 }],
    ["a region that says where it is", { region: "office:48.21,16.37" }],
    ["three members", managed({ members: 3 })],
    ["an emptyDir with one member", managed({ emptyDir: {} })],
    ["a volume of a class", managed({ storage: { size: "10Gi", storageClassName: "fast" } })],
    ["an external store", external()],
    [
      "an external store with everything",
      external({ prefix: "/a/", tls: { secretName: "tls" }, auth: { secretName: "user" } }),
    ],
    ["no TLS", { tls: { enabled: false } }],
    ["an issuer of certificates", { tls: { issuerRef: { name: "ours", kind: "ClusterIssuer" } } }],
    ["endpoints with IPv6", external({ endpoints: ["[::1]:2379", "10.0.0.1:2379"] })],
    ["a port by number in resources", { resources: { requests: { cpu: 1, memory: "64Mi" } } }],
    ["affinity as Kubernetes has it", { scheduling: { affinity: { nodeAffinity: {} } } }],
    ["an admin page for holders of tokens", { access: { adminPage: "public", tokensSecret: "tokens" } }],
    ["an admin page on the admin port", { access: { adminPage: "admin" } }],
    ["access for holders of tokens alone", { access: { anonymous: "none", create: "token", tokensSecret: "tokens" } }],
    [
      "access with everything",
      {
        access: {
          ...{ anonymous: "read", maxBy: 1, create: "nobody", hosts: ["count.example", "visits"] },
          counters: [
            { name: "visits", anonymous: "count" },
            { name: "blog-*", create: "anyone" },
            { name: "*", maxBy: 9 },
          ],
          origins: ["https://example.com", "http://127.0.0.1:8080", "http://[::1]:8080"],
          trustedProxies: ["10.0.0.0/8", "192.168.1.1", "fd00::/8", "::1"],
        },
      },
    ],
    [
      "origins as a variable, which resources from before spec.access have",
      { podTemplate: { env: [{ name: "GLOBAL_CLUSTER_ALLOWED_ORIGINS", value: "https://example.com" }] } },
    ],
    [
      "a setting that the operator leaves alone",
      { podTemplate: { env: [{ name: "GLOBAL_CLUSTER_INTERVAL", value: "2s" }] } },
    ],
  ];
  for (const [what, spec] of ACCEPTED) it(`accepts ${what}`, () => apply("visits", spec));

  const REFUSED: [string, Spec, RegExp][] = [
    ["two members", managed({ members: 2 }), /members: Unsupported value: 2/],
    [
      "both stores",
      { store: { etcd: { managed: {}, external: { endpoints: ["etcd:2379"] } } } },
      /either managed or external/,
    ],
    ["neither store", { store: { etcd: {} } }, /either managed or external/],
    ["an emptyDir with three members", managed({ members: 3, emptyDir: {} }), /emptyDir allows only one member/],
    ["a volume and an emptyDir", managed({ storage: {}, emptyDir: {} }), /either storage or emptyDir/],
    ["an external store without endpoints", external({ endpoints: [] }), /should have at least 1 items/],
    ["an endpoint with a scheme", external({ endpoints: ["https://etcd:2379"] }), /HOST:PORT without https:/],
    ["an endpoint without a port", external({ endpoints: ["etcd"] }), /endpoints\[0\].*HOST:PORT/],
    ["negative replicas", { replicas: -1 }, /greater than or equal to 0/],
    ["a drain that is too short to be told of", { drainSeconds: 5 }, /greater than or equal to 10/],
    ["no quantity", { journal: { size: "much" } }, /spec.journal.size/],
    [
      "a variable that the operator sets",
      { podTemplate: { env: [{ name: "GLOBAL_CLUSTER_STORE", value: "x" }] } },
      /the operator sets this variable/,
    ],
    ...["NODE_OPTIONS", "LD_PRELOAD", "OPENSSL_CONF", "https_proxy", "KUBERNETES_SERVICE_HOST", "GLOBAL_CLUSTERS"].map(
      (name): [string, Spec, RegExp] => [
        `${name}, which is no setting of the counter`,
        { podTemplate: { env: [{ name, value: "x" }] } },
        /env\[0\].name: .*only settings of the counter/,
      ],
    ),
    [
      "a variable with the text of a Secret",
      {
        podTemplate: {
          env: [{ name: "GLOBAL_CLUSTER_COUNTERS", valueFrom: { secretKeyRef: { name: "others", key: "password" } } }],
        },
      },
      /env\[0\].valueFrom: .*no Secret/,
    ],
    [
      "a label that pods are found by",
      { podTemplate: { labels: { "app.kubernetes.io/name": "x" } } },
      /belong to the operator/,
    ],
    [
      "an issuer of certificates that nobody uses",
      { tls: { enabled: false, issuerRef: { name: "ours" } } },
      /tls.issuerRef: .*used only if TLS is enabled/,
    ],
    ["an issuer without a name", { tls: { issuerRef: { kind: "ClusterIssuer" } } }, /issuerRef.name: Required/],
    ["other rights", { access: { anonymous: "all" } }, /anonymous: Unsupported value: "all"/],
    ["a million and one hits a request", { access: { maxBy: 1_000_001 } }, /maxBy.* less than or equal to 1000000/],
    ["closed access without tokens", { access: { anonymous: "none" } }, /nobody could count or read: set tokensSecret/],
    [
      "counters that nobody can create",
      { access: { create: "token" } },
      /nobody could create a counter: set tokensSecret/,
    ],
    [
      "a public admin page that nobody can use",
      { access: { adminPage: "public" } },
      /adminPage: .*nobody could sign in: set tokensSecret/,
    ],
    ["an admin page elsewhere", { access: { adminPage: "none" } }, /adminPage: Unsupported value: "none"/],
    ["a rule that says nothing", { access: { counters: [{ name: "visits" }] } }, /set anonymous, maxBy or create/],
    ["a rule for a strange name", { access: { counters: [{ name: "a*b", maxBy: 2 }] } }, /counters\[0\].name/],
    ["an origin with a path", { access: { origins: ["https://example.com/"] } }, /origins\[0\].*without a path/],
    ["an origin with a comma", { access: { origins: ["https://a.example,*"] } }, /origins\[0\].*an origin is/],
    ["a host with a port", { access: { hosts: ["count.example:80"] } }, /hosts\[0\]/],
    [
      "a proxy by name",
      { access: { trustedProxies: ["proxy.example"] } },
      /trustedProxies\[0\].*an IP address or a network/,
    ],
    [
      "origins in two places",
      {
        access: { origins: ["https://example.com"] },
        podTemplate: { env: [{ name: "GLOBAL_CLUSTER_ALLOWED_ORIGINS", value: "*" }] },
      },
      /either in access.origins or in podTemplate.env/,
    ],
    ["an ingress without a host", { ingress: {} }, /spec.ingress.host: Required/],
  ];
  for (const [what, spec, words] of REFUSED) it(`refuses ${what}`, () => refuses(words, apply("visits", spec)));

  it("keeps accepting a resource that was created when any variable was allowed", async () => {
    const definitions = {
      apiVersion: "apiextensions.k8s.io/v1",
      plural: "customresourcedefinitions",
      namespaced: false,
    };
    const before = JSON.parse(JSON.stringify(definition())) as DefinitionObject;
    delete envOf(before)["x-kubernetes-validations"];
    await api.apply(definitions, before, { fieldManager: "helm", force: true });
    const old = { podTemplate: { env: [{ name: "TZ", value: "UTC" }] } };
    await eventually(() =>
      apply("old", old, false).then(
        () => true,
        () => false,
      ),
    );
    await installDefinition(api);
    await eventually(() =>
      apply("new", old).then(
        () => false,
        () => true,
      ),
    );
    await apply("old", { ...old, replicas: 5 }, false);
    await api.remove(COUNTER_CLUSTERS, { namespace, name: "old" });
  });

  for (const name of ["visits-etcd", "1st", "a.b", "a".repeat(41)]) {
    it(`refuses the name ${name}`, () => refuses(/the name must/, apply(name, {})));
  }

  const TRANSITIONS: [string, Spec, Spec, RegExp | null][] = [
    // The managed one's defaults belong to nobody, so an applied external one comes beside them.
    ["managed to external", {}, external(), /either managed or external/],
    ["external to managed", external(), managed({}), /cannot become an external one/],
    ["external to what is the default", external(), {}, /cannot become an external one/],
    ["one member to three", managed({ members: 1 }), managed({ members: 3 }), /members cannot be changed/],
    ["three members to the default", managed({ members: 3 }), {}, /members cannot be changed/],
    ["a volume to an emptyDir", {}, managed({ emptyDir: {} }), /storage cannot be exchanged for emptyDir/],
    ["an emptyDir to a volume", managed({ emptyDir: {} }), managed({}), /storage cannot be exchanged for emptyDir/],
    [
      "a volume's size",
      managed({ storage: { size: "1Gi" } }),
      managed({ storage: { size: "2Gi" } }),
      /cannot be changed here/,
    ],
    ["a prefix", external({ prefix: "/a/" }), external({ prefix: "/b/" }), /prefix cannot be changed/],
    ["a prefix to the default one", external({ prefix: "/a/" }), external(), /prefix cannot be changed/],
    ["external endpoints", external(), external({ endpoints: ["other:2379"] }), null],
    ["TLS to none", { tls: { enabled: true } }, { tls: { enabled: false } }, /TLS cannot be turned off/],
    ["no TLS to TLS", { tls: { enabled: false } }, { tls: { enabled: true } }, null],
    ["etcd's image", {}, managed({ image: "etcd:new" }), null],
  ];
  for (const [index, [what, from, to, words]] of TRANSITIONS.entries()) {
    it(`${words ? "refuses" : "accepts"} a change of ${what}`, async () => {
      const name = `change-${index}`;
      const made = await apply(name, from, false);
      // Two steps would escape a rule that is written at the wrong place: each is refused by itself.
      if (words) await refuses(words, apply(name, to, false));
      else await apply(name, to, false);
      await api.remove(COUNTER_CLUSTERS, made.metadata);
    });
  }
});

function envOf({ spec }: DefinitionObject): { "x-kubernetes-validations"?: unknown } {
  const { properties } = spec.versions[0].schema.openAPIV3Schema;
  const name = properties?.spec?.properties?.podTemplate?.properties?.env?.items?.properties?.name as Schema;
  return name as { "x-kubernetes-validations"?: unknown };
}
