import type { KubernetesApi, Resource } from "../../../internal/ports/kubernetes.ts";
import { eventually } from "../../eventually.ts";
import { type DefinitionObject, definition } from "./definition_schema.ts";

const DEFINITIONS: Resource = {
  apiVersion: "apiextensions.k8s.io/v1",
  plural: "customresourcedefinitions",
  namespaced: false,
};
export const COUNTER_CLUSTERS: Resource = {
  apiVersion: "globalcluster.dev/v1alpha1",
  plural: "counterclusters",
  namespaced: true,
};

/** Resolves when resources can be made. It does no harm where it is there already. */
export async function installDefinition(api: KubernetesApi): Promise<void> {
  await api.apply<DefinitionObject>(DEFINITIONS, definition(), { fieldManager: "helm", force: true });
  await eventually(() =>
    api.list(COUNTER_CLUSTERS, {}).then(
      () => true,
      () => false,
    ),
  );
}
