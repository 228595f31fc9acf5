import { readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { DEFINITION_FILE } from "../core/operator/definition_schema.ts";
import { kubectl } from "./kubectl.ts";
import { CHART } from "./release.ts";

const REVISION = "globalcluster.dev/definition";
const NAME = "counterclusters.globalcluster.dev";

/** The fields of a definition that these tests use. */
export interface FoundDefinition {
  readonly revision: number;
  /** Whether it has the field of the newer chart. */
  readonly knowsNote: boolean;
}

/** Creates a future version of the chart in another folder. Its definition and its values have one more field, `spec.note`. */
export async function makeNewerChart(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "newer-chart-"));
  await cp(CHART, folder, { recursive: true });
  await edit(join(folder, "Chart.yaml"), (text) => text.replace(/^version: .*$/m, "version: 999.0.0"));
  await edit(join(folder, "values.schema.json"), withNoteInValues);
  // JSON is YAML.
  await writeFile(join(folder, "crds/countercluster.yaml"), JSON.stringify(newerDefinition()));
  return folder;
}

export async function removeNewerChart(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Replaces the newer definition with our own. No resource is lost. */
export async function putDefinitionBack(): Promise<void> {
  const flags = ["--server-side", "--force-conflicts", "--field-manager=helm"];
  await kubectl("apply", ...flags, "-f", fileURLToPath(DEFINITION_FILE));
}

/** The definition in the cluster. */
export async function foundDefinition(): Promise<FoundDefinition> {
  const found: Definition = JSON.parse(await kubectl("get", "crd", NAME, "-o", "json"));
  return { revision: revisionOf(found), knowsNote: "note" in specOf(found) };
}

/** The revision of our chart's definition. */
export function ourRevision(): number {
  return revisionOf(ours());
}

interface Definition {
  readonly metadata: { annotations: Record<string, string> };
  readonly spec: {
    readonly versions: {
      schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, object> } } } };
    }[];
  };
}

function ours(): Definition {
  return load(readFileSync(DEFINITION_FILE, "utf8")) as Definition;
}

function newerDefinition(): Definition {
  const newer = ours();
  const { annotations } = newer.metadata;
  const revision = revisionOf(newer);
  delete annotations[`${REVISION}-${revision}`];
  Object.assign(annotations, { [REVISION]: String(revision + 1), [`${REVISION}-${revision + 1}`]: "current" });
  specOf(newer).note = { type: "string", maxLength: 100 };
  return newer;
}

function revisionOf({ metadata }: Definition): number {
  return Number(metadata.annotations[REVISION]);
}

function specOf({ spec }: Definition): Record<string, object> {
  const [version] = spec.versions;
  if (!version) throw new Error("the definition has no version");
  return version.schema.openAPIV3Schema.properties.spec.properties;
}

function withNoteInValues(text: string): string {
  const schema = JSON.parse(text);
  schema.properties.counter.properties.note = { type: "string" };
  return JSON.stringify(schema);
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, "utf8")));
}
