import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { loadAll } from "js-yaml";
import type { KubernetesApi } from "../../internal/ports/kubernetes.ts";
import { requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { NAMESPACES } from "../adapters/kubernetes/resources.ts";
import { installDefinition } from "../core/operator/installed_definition.ts";
import { type Rendered, requireHelm, USUAL_KINDS } from "./helm.ts";
import { MANIFESTS, manifests } from "./manifests.ts";
import { resourceOf } from "./rendered_objects.ts";

/** The plain manifests are what the chart makes, without helm in them. */
describe("the plain manifests", () => {
  describe("made from the chart", () => {
    before(function () {
      requireHelm(this);
    });

    it("are what the chart makes", () => {
      for (const [file, text] of manifests()) {
        assert.equal(
          readFileSync(new URL(file, MANIFESTS), "utf8"),
          text,
          `k8s/${file} is out of date: npm run manifests`,
        );
      }
    });

    it("have nothing of helm's in them, and everything else", () => {
      const objects = ["definition", "operator", "counter"].flatMap((name) => objectsIn(`${name}.yaml`));
      assert.doesNotMatch(JSON.stringify(objects.map(({ metadata }) => metadata.labels)), /helm/i);
      assert.deepEqual(
        objects.map(({ kind }) => kind),
        ["CustomResourceDefinition", "Namespace", ...USUAL_KINDS],
      );
    });
  });

  describe("on a real API server", () => {
    let api: KubernetesApi;
    before(async function () {
      requireApiServer(this);
      api = (await sharedApiServer()).api();
      await installDefinition(api);
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "global-cluster" } };
      await api.apply(NAMESPACES, namespace, { fieldManager: "test", force: true });
    });

    const examples = readdirSync(new URL("examples/", MANIFESTS)).map((file) => `examples/${file}`);
    for (const file of ["operator.yaml", "counter.yaml", ...examples]) {
      it(`are valid: ${file}`, async () => {
        for (const object of objectsIn(file)) {
          await api.apply(resourceOf(object), object, { fieldManager: "kubectl", force: true, dryRun: true });
        }
      });
    }
  });
});

function objectsIn(file: string): Rendered[] {
  return loadAll(readFileSync(new URL(file, MANIFESTS), "utf8")) as Rendered[];
}
