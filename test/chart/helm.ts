import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import type { KubernetesObject } from "../../internal/ports/kubernetes.ts";
import { needs, programFile } from "../needs.ts";

export const CHART = fileURLToPath(new URL("../../charts/global-cluster", import.meta.url));
/** Most of the tests render for it. */
export const RELEASE = { name: "visits", namespace: "web" };

export type Values = Readonly<Record<string, unknown>>;

/** An object of a rendered chart: besides what all have, whatever its kind has. */
export interface Rendered extends KubernetesObject {
  readonly [section: string]: unknown;
}

export function requireHelm(context: Mocha.Context): void {
  needs(context, "helm");
}

/** What the chart makes of values, without asking any cluster. Throws with helm's own words where it refuses them. */
export function render(values: Values = {}, flags: readonly string[] = []): readonly Rendered[] {
  return renderAs(RELEASE.name, values, flags);
}

/** The same for a release of another name. */
export function renderAs(name: string, values: Values = {}, flags: readonly string[] = []): readonly Rendered[] {
  const text = helm(["template", name, CHART, "--namespace", RELEASE.namespace, ...flags], values);
  return loadAll(text).filter((object): object is Rendered => object !== null);
}

/** What helm writes to standard output. Throws with what it complains of. */
export function helm(words: readonly string[], values: Values = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "helm-"));
  try {
    const file = join(folder, "values.yaml");
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(values));
    const { status, stdout, stderr, error } = spawnSync(programFile("helm") ?? "helm", [...words, "--values", file], {
      encoding: "utf8",
      // No settings, plugins or clusters of the person who runs this.
      env: { PATH: process.env.PATH, HOME: folder },
    });
    if (error) throw error;
    if (status !== 0) throw new Error(`${stdout}${stderr}`.trim());
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The one object of a kind. */
export function only(objects: readonly Rendered[], kind: string): Rendered {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`there are ${found.length} of ${kind}`);
  return found[0];
}

/** Kinds of the objects that the chart makes with its usual values, without hooks, in their order. */
export const USUAL_KINDS: readonly string[] = [
  "NetworkPolicy",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRole",
  "Role",
  "RoleBinding",
  "Deployment",
  "CounterCluster",
];
