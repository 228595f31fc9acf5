import assert from "node:assert/strict";
import type { CounterClusterSpec } from "../../internal/core/operator/counter_cluster.ts";
import { decide } from "../../internal/core/operator/decide.ts";
import type { DesiredObject } from "../../internal/core/operator/desired/object.ts";
import { type KubernetesApi, KubernetesError, type Resource } from "../../internal/ports/kubernetes.ts";
import { CHILD_KINDS, childKind, EVENTS, PODS, VOLUME_CLAIMS } from "../../internal/services/operator/child_kinds.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { NAMESPACES } from "../adapters/kubernetes/resources.ts";
import { rightsInForce } from "../adapters/kubernetes/rights.ts";
import { COUNTER_CLUSTERS, installDefinition } from "../core/operator/installed_definition.ts";
import { cluster, DEFAULTS, observation } from "../core/operator/samples.ts";
import { only, RELEASE, type Rendered, render, requireHelm, type Values } from "./helm.ts";
import { resourceOf } from "./rendered_objects.ts";

const SECRETS: Resource = { apiVersion: "v1", plural: "secrets", namespaced: true };
const STORAGE_CLASSES: Resource = { apiVersion: "storage.k8s.io/v1", plural: "storageclasses", namespaced: false };
const FORCED = { fieldManager: "operator", force: true };
const OF_THE_OPERATOR = ["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];

/** The operator may do all that it needs, and nothing else. */
describe("the operator's permissions", () => {
  let server: ApiServer;
  let admin: KubernetesApi;
  let operator: KubernetesApi;
  before(async function () {
    requireHelm(this);
    requireApiServer(this);
    server = await sharedApiServer();
    admin = server.api();
    await installDefinition(admin);
    for (const name of ["web", "shop", "elsewhere"])
      await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  });

  async function apply(object: Rendered): Promise<void> {
    const resource = object.kind === "Namespace" ? NAMESPACES : resourceOf(object);
    await admin.apply(resource, object, { fieldManager: "test", force: true });
  }

  /** Makes `operator` what the chart lets it be. */
  async function become(values: Values): Promise<void> {
    const objects = operatorsOwn(values);
    for (const object of objects) await apply(object);
    const { name } = only(objects, "ServiceAccount").metadata;
    operator = server.api(await server.tokenOf(RELEASE.namespace, name));
    await rightsInForce(admin);
  }

  async function forget(values: Values): Promise<void> {
    for (const object of operatorsOwn(values)) await admin.remove(resourceOf(object), object.metadata);
  }

  for (const [where, values, namespaces] of [
    ["its release's namespace", {}, ["web"]],
    ["a list of namespaces", { operator: { namespaces: ["web", "shop"] } }, ["web", "shop"]],
    ["all namespaces", { operator: { namespaces: ["*"] } }, ["web", "shop", "elsewhere"]],
  ] as const) {
    describe(`for ${where}`, () => {
      before(() => become(values));
      after(() => forget(values));

      for (const namespace of namespaces) {
        it(`are enough to make and to delete every object of its in ${namespace}`, async () => {
          const objects = everything(namespace);
          for (const object of objects) await operator.apply(childKind(object), object, FORCED);
          for (const object of objects.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")) {
            const found = await operator.read(childKind(object), namespace, object.metadata.name);
            assert.ok(found);
            await operator.replace(childKind(object), found, "operator");
          }
          for (const object of objects) await operator.remove(childKind(object), object.metadata);
        });

        it(`are enough to see and report what happens in ${namespace}`, async () => {
          const own = CHILD_KINDS.filter(({ foreign }) => !foreign);
          for (const kind of [...own, COUNTER_CLUSTERS, PODS, VOLUME_CLAIMS]) await operator.list(kind, { namespace });
          await operator.apply(EVENTS, eventIn(namespace), FORCED);
        });
      }

      it("are enough to keep Secrets whose names it knows", async () => {
        for (const namespace of namespaces) {
          const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "visits-authority" } };
          const created = await operator.create(SECRETS, secret);
          assert.ok(await operator.read(SECRETS, namespace, "visits-authority"));
          await operator.replace(SECRETS, created, "operator");
          await assert.rejects(operator.remove(SECRETS, created.metadata), forbidden);
          await admin.remove(SECRETS, created.metadata);
        }
      });

      it("are not enough to list secrets, or to change anything of another namespace", async () => {
        await assert.rejects(operator.list(SECRETS, { namespace: "web" }), forbidden);
        const others = ["web", "shop", "elsewhere"].filter((name) => !(namespaces as readonly string[]).includes(name));
        for (const namespace of others) await assert.rejects(operator.list(PODS, { namespace }), forbidden);
      });
    });
  }

  it("are no more than these", () => {
    const { rules } = only(operatorsOwn({}), "Role") as Rendered & { rules: Rule[] };
    const granted = rules.flatMap(({ resources, verbs }) => resources.map((name) => `${name}: ${verbs.join(" ")}`));
    const objects = "create delete get list patch watch";
    assert.deepEqual(granted, [
      ...["counterclusters: list watch", "counterclusters/status: patch", "persistentvolumeclaims: list watch"],
      ...["pods: delete list patch watch", "endpointslices: list watch", "events: create patch"],
      ...["configmaps", "serviceaccounts", "services"].map((kind) => `${kind}: ${objects}`),
      // By name: no list shows it the others.
      ...["secrets: create get update", "certificates: create delete get list patch"],
      // An edit of these is undone by an update.
      ...["deployments", "statefulsets"].map((kind) => `${kind}: create delete get list patch update watch`),
      ...["poddisruptionbudgets", "ingresses", "networkpolicies", "rolebindings", "roles"].map(
        (kind) => `${kind}: ${objects}`,
      ),
      "podmonitors: create delete get list patch",
    ]);
  });

  it("are Roles unless all namespaces are meant", () => {
    const kinds = (values: Values) => operatorsOwn(values).map(({ kind, metadata }) => `${kind} ${metadata.namespace}`);
    assert.deepEqual(kinds({ operator: { namespaces: ["web", "shop"] } }), [
      ...["ServiceAccount web", "Role web", "Role shop", "RoleBinding web", "RoleBinding shop"],
    ]);
    assert.deepEqual(kinds({ operator: { namespaces: ["*"] } }), [
      ...["ServiceAccount web", "ClusterRole undefined", "ClusterRoleBinding undefined"],
    ]);
  });

  describe("without those that it grants", () => {
    before(async () => {
      await become({});
      const role = only(operatorsOwn({}), "Role");
      const rules = (role.rules as { resources: string[] }[]).filter(
        ({ resources }) => !resources.includes("endpointslices"),
      );
      await apply({ ...role, rules });
      await rightsInForce(admin);
    });
    after(() => forget({}));

    it("would not let it make a Role", async () => {
      const role = everything("web").find(({ kind }) => kind === "Role");
      assert.ok(role);
      await assert.rejects(operator.apply(childKind(role), role, FORCED), forbidden);
    });
  });

  it("for all namespaces let it say that no StorageClass is the default", async () => {
    const values = { operator: { namespaces: ["*"] } };
    await become(values);
    await operator.list(STORAGE_CLASSES, {});
    await forget(values);
  });
});

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The chart's hooks have permissions of their own. */
function operatorsOwn(values: Values): readonly Rendered[] {
  return render(values, ["--no-hooks"]).filter(
    ({ kind, metadata }) =>
      OF_THE_OPERATOR.includes(kind) && metadata.labels?.["app.kubernetes.io/component"] !== "people",
  );
}

/** One of each kind that the operator makes, but for kinds of foreign definitions, which are not there. */
function everything(namespace: string): readonly DesiredObject[] {
  const spec: Partial<CounterClusterSpec> = {
    ingress: { host: "count.example" },
    monitoring: { dashboard: { labels: {} } },
  };
  const resource = cluster(spec);
  const there = { ...resource, metadata: { ...resource.metadata, namespace } };
  return decide(observation({ cluster: there }), null, DEFAULTS).objects;
}

function eventIn(namespace: string) {
  const involvedObject = { kind: "CounterCluster", namespace, name: "visits" };
  return { apiVersion: "v1", kind: "Event", metadata: { namespace, name: "visits.1" }, involvedObject };
}

function forbidden(error: unknown): boolean {
  return error instanceof KubernetesError && error.status === 403;
}
