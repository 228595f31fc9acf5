import { readFileSync } from "node:fs";
import type { Definition } from "../../internal/core/operator/definition.ts";
import { filePath } from "./files.ts";
import type { Command, Parse } from "./read/setting.ts";
import { duration } from "./values.ts";

/** What the chart's hook is told. */
export interface DefinitionSettings {
  readonly definition: Definition;
  /** Absolute path, or null: as the API's clients find it. */
  readonly kubeconfig: string | null;
  /** Milliseconds. */
  readonly timeout: number;
}

const definition: Parse<Definition> = (text) => {
  try {
    const found = JSON.parse(readFileSync(text, "utf8"));
    if (found?.kind === "CustomResourceDefinition" && found.metadata?.name) return { value: found };
    return { wrong: "must be a file with a CustomResourceDefinition as JSON; this is something else" };
  } catch (error) {
    return { wrong: `must be a file with a CustomResourceDefinition as JSON (${reasonOf(error)})` };
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
    help: "the definition, as JSON; the chart puts it there",
  },
  kubeconfig: {
    placeholder: "file",
    parse: filePath,
    default: null,
    otherwise: "in a pod its service account, elsewhere KUBECONFIG or ~/.kube/config",
    help: "how to reach the Kubernetes API",
  },
  timeout: {
    placeholder: "time",
    parse: duration("1s", "1h"),
    default: "2m",
    help: "gives up after this long",
  },
} as const;

export const definitionCommand: Command<typeof table, DefinitionSettings> = {
  usage: "node cmd/apply_definition.ts",
  purpose:
    "Applies the definition of CounterCluster, unless the cluster has a newer one. The chart runs it before each upgrade.",
  prefix: "GLOBAL_CLUSTER_DEFINITION_",
  table,
  checks: [],
  complete: ({ file, kubeconfig, timeout }) => ({ definition: file, kubeconfig, timeout }),
};
