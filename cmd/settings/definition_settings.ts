import { readFileSync } from "node:fs";
import type { Definition } from "../../internal/core/operator/definition.ts";
import { filePath } from "./files.ts";
import type { Command, Parse, ValuesOf } from "./read/setting.ts";
import { duration } from "./values.ts";

/** The settings of the chart's hook. */
export type DefinitionSettings = ValuesOf<typeof table>;

const definition: Parse<Definition> = (text) => {
  try {
    const found = JSON.parse(readFileSync(text, "utf8"));
    if (found?.kind === "CustomResourceDefinition" && found.metadata?.name) return { value: found };
    return { problem: "must be a file with a CustomResourceDefinition as JSON, but it has something else" };
  } catch (error) {
    return { problem: `must be a file with a CustomResourceDefinition as JSON (${reasonOf(error)})` };
  }
};

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const table = {
  file: {
    placeholder: "file",
    parse: definition,
    default: "/definition/definition.json",
    help: "file with the definition as JSON, from the chart",
  },
  kubeconfig: {
    placeholder: "file",
    parse: filePath,
    default: null,
    whenAbsent: "in a pod its service account, otherwise KUBECONFIG or ~/.kube/config",
    help: "file with the address of the Kubernetes API and the credentials for it",
  },
  timeout: {
    placeholder: "time",
    parse: duration("1s", "1h"),
    default: "2m",
    help: "longest time for the whole update",
  },
} as const;

export const definitionCommand: Command<typeof table, DefinitionSettings> = {
  usage: "node cmd/apply_definition.ts",
  purpose:
    "Applies the definition of CounterCluster unless the cluster has a newer one. The chart runs it before each upgrade.",
  prefix: "GLOBAL_CLUSTER_DEFINITION_",
  table,
  checks: [],
  complete: (values) => values,
};
