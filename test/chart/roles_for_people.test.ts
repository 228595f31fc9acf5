import assert from "node:assert/strict";
import {
  type KubernetesApi,
  KubernetesError,
  type KubernetesObject,
  type Resource,
} from "../../internal/ports/kubernetes.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { rightsInForce } from "../adapters/kubernetes/rights.ts";
import { COUNTER_CLUSTERS, installDefinition } from "../core/operator/installed_definition.ts";
import { type Rendered, render, requireHelm } from "./helm.ts";

const CLUSTER_ROLES: Resource = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  plural: "clusterroles",
  namespaced: false,
};
const ROLE_BINDINGS: Resource = { ...CLUSTER_ROLES, plural: "rolebindings", namespaced: true };
const FORCED = { fieldManager: "an-administrator", force: true };

/** Kubernetes' own roles, with the labels of the ClusterRoles whose rules a controller copies into them. */
interface Aggregated extends KubernetesObject {
  readonly aggregationRule?: {
    readonly clusterRoleSelectors: readonly { readonly matchLabels: Readonly<Record<string, string>> }[];
  };
}

describe("the roles for people", () => {
  let server: ApiServer;
  let admin: KubernetesApi;
  let namespace: string;
  before(async function () {
    requireHelm(this);
    requireApiServer(this);
    server = await sharedApiServer();
    admin = server.api();
    await installDefinition(admin);
    namespace = await server.namespace("people");
    for (const role of roles()) await admin.apply(CLUSTER_ROLES, role, FORCED);
    await admin.apply(COUNTER_CLUSTERS, resource(), FORCED);
  });
  after(async () => {
    for (const role of admin ? roles() : []) await admin.remove(CLUSTER_ROLES, role.metadata);
  });

  it("become part of Kubernetes' own: view in all three, edit in two", async () => {
    const found = await Promise.all(
      ["view", "edit", "admin"].map(async (name) => {
        const own = await admin.read<Aggregated>(CLUSTER_ROLES, "", name);
        const selectors = own?.aggregationRule?.clusterRoleSelectors ?? [];
        const parts = roles().filter(({ metadata: { labels } }) =>
          selectors.some(({ matchLabels }) =>
            Object.entries(matchLabels).every(([key, value]) => labels?.[key] === value),
          ),
        );
        return `${name}: ${parts.map(({ metadata }) => metadata.name.replace(/.*-/, "")).join()}`;
      }),
    );
    assert.deepEqual(found, ["view: view", "edit: view,edit", "admin: view,edit"]);
  });

  it("let those who view see resources, and change nothing", async () => {
    const viewer = await person("viewer", "view");
    assert.equal((await viewer.list(COUNTER_CLUSTERS, { namespace })).length, 1);
    await assert.rejects(viewer.apply(COUNTER_CLUSTERS, resource({ replicas: 5 }), FORCED), forbidden);
    await assert.rejects(viewer.remove(COUNTER_CLUSTERS, { name: "visits", namespace }), forbidden);
  });

  it("let those who edit create, change and delete resources, but not write a status", async () => {
    const editor = await person("editor", "view", "edit");
    await editor.apply(COUNTER_CLUSTERS, resource({ replicas: 5 }), FORCED);
    const status = { ...resource(), status: { observedGeneration: 7 } };
    await assert.rejects(editor.apply(COUNTER_CLUSTERS, status, { ...FORCED, status: true }), forbidden);
    await editor.remove(COUNTER_CLUSTERS, { name: "visits", namespace });
  });

  it("can be left out, for those who may not create ClusterRoles", () => {
    const kinds = render({ operator: { rolesForPeople: false } }, ["--no-hooks"]).map(({ kind }) => kind);
    assert.ok(!kinds.includes("ClusterRole"));
  });

  /** Somebody to whom these of our roles are bound. A controller that copies them into Kubernetes' own does not run here. */
  async function person(name: string, ...parts: readonly ("view" | "edit")[]): Promise<KubernetesApi> {
    const token = await server.serviceAccount(namespace, name);
    for (const role of roles().filter(({ metadata }) => parts.some((part) => metadata.name.endsWith(`-${part}`)))) {
      const binding: KubernetesObject & object = {
        ...{ apiVersion: CLUSTER_ROLES.apiVersion, kind: "RoleBinding" },
        metadata: { name: `${name}-${role.metadata.name}`, namespace },
        ...{ roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name } },
        ...{ subjects: [{ kind: "ServiceAccount", name, namespace }] },
      };
      await admin.apply(ROLE_BINDINGS, binding, FORCED);
    }
    await rightsInForce(admin);
    return server.api(token);
  }

  function resource(spec: object = {}): KubernetesObject {
    const object: KubernetesObject & object = {
      ...{ apiVersion: COUNTER_CLUSTERS.apiVersion, kind: "CounterCluster", metadata: { name: "visits", namespace } },
      ...{ spec },
    };
    return object;
  }
});

function roles(): readonly Rendered[] {
  return render({}, ["--no-hooks"]).filter(
    ({ kind, metadata }) => kind === "ClusterRole" && metadata.labels?.["app.kubernetes.io/component"] === "people",
  );
}

function forbidden(error: unknown): boolean {
  return error instanceof KubernetesError && error.status === 403;
}
