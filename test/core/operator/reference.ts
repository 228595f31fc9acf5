import { definition, type Schema, schemaOf } from "./definition_schema.ts";

/** The text of docs/countercluster.md: the same as `kubectl explain gcc --recursive`, made from the definition alone. */
export function reference(): string {
  const { names, versions } = definition().spec;
  const { kind } = names;
  const [version] = versions;
  return [
    `# ${kind}`,
    `The reference of the resource \`${kind}\` (\`globalcluster.dev/${version.name}\`, short name \`gcc\`). ` +
      "`npm run docs` generates this file from the [definition](../charts/global-cluster/crds/countercluster.yaml). " +
      "In a cluster, `kubectl explain gcc.spec --recursive` shows the same.",
    `${version.schema.openAPIV3Schema.description} Examples are in [k8s/examples](../k8s/examples).`,
    ...section("spec"),
    ...rulesSection(version.schema.openAPIV3Schema),
    ...section("status"),
    "",
  ].join("\n\n");
}

function section(name: "spec" | "status"): string[] {
  const schema = schemaOf(name);
  return [`## ${name}`, schema.description ?? "", table(rows(schema, ""))];
}

function rulesSection(root: Schema): string[] {
  const { properties = {} } = root;
  const rules = [...ownRules(root, "metadata.name"), ...(properties.spec ? rulesIn(properties.spec, "spec") : [])];
  const lines = rules.map(({ path, message }) => `- \`${path}\`: ${message}`);
  return ["### What the API server refuses", [...new Set(lines)].join("\n")];
}

function rulesIn(schema: Schema, path: string): { path: string; message: string }[] {
  const parts = Object.entries(schema.properties ?? {}).map(([key, part]) => rulesIn(part, `${path}.${key}`));
  return [...ownRules(schema, path), ...parts.flat(), ...(schema.items ? rulesIn(schema.items, `${path}[]`) : [])];
}

function ownRules(schema: Schema, path: string) {
  return (schema["x-kubernetes-validations"] ?? []).map(({ message }) => ({ path, message }));
}

interface Row {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

function rows(schema: Schema, path: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const own = `${path}${key}`;
    const required = schema.required?.includes(key) === true && part.default === undefined;
    return [{ path: own, schema: part, required }, ...rows(part, `${own}.`), ...rows(part.items ?? {}, `${own}[].`)];
  });
}

function table(all: readonly Row[]): string {
  const lines = all.map(({ path, schema, required }) => {
    const cells = [
      `\`${path}\``,
      kindOf(schema),
      required ? "(required)" : defaultOf(schema),
      schema.description ?? "",
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return ["| Field | Type | Default | Meaning |", "|---|---|---|---|", ...lines].join("\n");
}

function kindOf(schema: Schema): string {
  if (schema["x-kubernetes-int-or-string"]) return "quantity";
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.type === "array") return `list of ${kindOf(schema.items ?? {})}s`;
  if (schema.additionalProperties) return `map to ${kindOf(schema.additionalProperties)}`;
  const { minimum, maximum } = schema;
  return minimum === undefined ? String(schema.type) : `${schema.type}, ${minimum} to ${maximum}`;
}

/** Empty for an object whose default is the defaults of its fields. */
function defaultOf({ default: value, properties }: Schema): string {
  return value === undefined || JSON.stringify(value) === "{}" || (properties && !hasOwnDefault(value))
    ? ""
    : `\`${text(value)}\``;
}

/** Whether an object's default says more than that the object is there. */
function hasOwnDefault(value: unknown): boolean {
  return Object.values(value as object).some((part) => typeof part !== "object" || hasOwnDefault(part));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
