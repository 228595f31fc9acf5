import assert from "node:assert/strict";
import type { KubernetesApi } from "../../internal/ports/kubernetes.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { installDefinition } from "../core/operator/installed_definition.ts";
import { CHART, helm, requireHelm, type Values } from "./helm.ts";

const DEPLOYMENTS = { apiVersion: "apps/v1", plural: "deployments", namespaced: true };
const WAY = /upgrade visits CHART --reuse-values --set counter\.image=global-cluster:\d/;

/** After an upgrade, helm says which image the pods run and how to bring them the newer one. */
describe("the notes of an upgrade", () => {
  let server: ApiServer;
  let api: KubernetesApi;
  let namespace: string;
  before(async function () {
    requireHelm(this);
    requireApiServer(this);
    server = await sharedApiServer();
    api = server.api();
    namespace = await server.namespace("notes");
    await installDefinition(api);
    run("install", {}, ["--no-hooks", "--skip-crds"]);
  });

  function run(command: "install" | "upgrade", values: Values = {}, flags: readonly string[] = []): string {
    const where = ["--namespace", namespace, "--kubeconfig", server.kubeconfig];
    const output = helm([command, "visits", CHART, ...where, ...flags], values);
    return output.split("NOTES:")[1] ?? assert.fail(output);
  }

  const notes = (values: Values = {}) => run("upgrade", values, ["--dry-run=server"]);

  /** As the operator makes it. */
  async function podsHave(image: string): Promise<void> {
    const labels = { of: "visits" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "counter", image }] } };
    const spec = { selector: { matchLabels: labels }, template };
    const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "visits", namespace }, spec };
    await api.apply(DEPLOYMENTS, object, { fieldManager: "test", force: true });
  }

  it("say how the pods come to the release's image, if they have another one, where nobody knows theirs", () => {
    assert.match(notes(), /The counter's pods keep their image\. To upgrade them/);
    assert.match(notes(), WAY);
  });

  it("name the image that the pods keep", async () => {
    await podsHave("global-cluster:0.0.9");
    assert.match(notes(), /The counter's pods keep the image global-cluster:0\.0\.9\./);
    assert.match(notes(), WAY);
  });

  it("say nothing of it when the pods have the release's image, or are given one", async () => {
    await podsHave("global-cluster:9.9.9");
    for (const values of [{ image: { tag: "9.9.9" } }, { counter: { image: "global-cluster:8" } }]) {
      assert.doesNotMatch(notes(values), /pods keep|counter\.image/);
    }
  });
});
