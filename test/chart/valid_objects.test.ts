import assert from "node:assert/strict";
import { type KubernetesApi, KubernetesError } from "../../internal/ports/kubernetes.ts";
import { requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { NAMESPACES, PODS } from "../adapters/kubernetes/resources.ts";
import { installDefinition } from "../core/operator/installed_definition.ts";
import { CHART, helm, RELEASE, type Rendered, render, requireHelm } from "./helm.ts";
import { podsOf, resourceOf } from "./rendered_objects.ts";
import { VALUES_FILES } from "./values_files.ts";

const DRY_RUN = { fieldManager: "helm", force: false, dryRun: true };

/** A real API server accepts every object of the chart, and a restricted namespace its pods. */
describe("the chart's objects, on a real API server", () => {
  let api: KubernetesApi;
  before(async function () {
    requireHelm(this);
    requireApiServer(this);
    api = (await sharedApiServer()).api();
    await installDefinition(api);
    for (const name of [RELEASE.namespace, "shop"]) await makeRestricted(name);
  });

  async function makeRestricted(name: string): Promise<void> {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
    await api.apply(NAMESPACES, object, { fieldManager: "test", force: true });
  }

  for (const [file, values] of VALUES_FILES) {
    it(`are valid, with the values of ${file}`, async () => {
      const objects = render(values);
      await Promise.all(objects.map((object) => api.apply(resourceOf(object), object, DRY_RUN)));
      assert.ok(objects.length > 5);
    });

    it(`make pods that a restricted namespace admits, with the values of ${file}`, async () => {
      const pods = render(values).flatMap(podsOf);
      await Promise.all(pods.map((spec) => admit(spec)));
      assert.ok(pods.length > 0);
    });

    it(`pass helm's own check, with the values of ${file}`, () => {
      assert.match(helm(["lint", "--strict", CHART], values), / 0 chart\(s\) failed/);
    });
  }

  it("would not be valid with a field that the resource does not have", async () => {
    const [object] = render().filter(({ kind }) => kind === "CounterCluster");
    assert.ok(object);
    const wrong: Rendered = { ...object, spec: { ...(object.spec as object), replica: 3 } };
    await assert.rejects(api.apply(resourceOf(wrong), wrong, DRY_RUN), KubernetesError);
  });

  it("would not be admitted as root", async () => {
    const [spec] = render().flatMap(podsOf);
    await assert.rejects(admit({ ...spec, securityContext: { runAsUser: 0 } }), KubernetesError);
  });

  async function admit(spec: object): Promise<void> {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "one", namespace: RELEASE.namespace }, spec };
    await api.apply(PODS, pod, { ...DRY_RUN, fieldManager: "test" });
  }
});
