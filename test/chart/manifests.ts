import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHART, helm } from "./helm.ts";

export const MANIFESTS = new URL("../../k8s/", import.meta.url);

const NAMESPACE = "global-cluster";
const HEADER = "# `npm run manifests` makes this file from charts/global-cluster.\n";

const NAMESPACE_OBJECT = `apiVersion: v1
kind: Namespace
metadata:
  name: ${NAMESPACE}
  labels:
    # Nothing of ours needs more than this allows.
    pod-security.kubernetes.io/enforce: restricted
`;

/** The chart as plain manifests, for people without helm: the text of each file in k8s/. */
export function manifests(): ReadonlyMap<string, string> {
  const documents = documentsOf(renderedPlain());
  const isCounter = (document: string) => document.includes("\nkind: CounterCluster\n");
  const operator = [NAMESPACE_OBJECT, ...documents.filter((document) => !isCounter(document))];
  return new Map([
    ["definition.yaml", HEADER + readFileSync(join(CHART, "crds", "countercluster.yaml"), "utf8")],
    ["operator.yaml", HEADER + operator.join("---\n")],
    ["counter.yaml", HEADER + documents.filter(isCounter).join("---\n")],
  ]);
}

/** Hooks are helm's own way of doing what people without it do by hand. */
function renderedPlain(): string {
  const flags = ["--namespace", NAMESPACE, "--no-hooks"];
  return helm(["template", "global-cluster", CHART, ...flags], { counter: { name: "visits" } });
}

/** Without what only helm's releases have. */
function documentsOf(text: string): string[] {
  const lines = text
    .split("\n")
    .filter((line) => !/^# Source: |^ *(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): /.test(line));
  return lines
    .join("\n")
    .split(/^---\n/m)
    .map((document) => `${document.trim()}\n`)
    .filter((document) => document !== "\n");
}
