import assert from "node:assert/strict";
import { DEFAULT_VOLUME_SIZE } from "../../../internal/core/operator/desired/etcd_pods.ts";
import { type Schema, schemaOf } from "./definition_schema.ts";
import { interfacesIn, type Property } from "./interfaces.ts";

const INTERFACES = interfacesIn(new URL("../../../internal/core/operator/counter_cluster.ts", import.meta.url));

/** What differs between a schema and an interface, as sentences. */
function differences(path: string, schema: Schema, name: string): string[] {
  const properties = INTERFACES.get(name);
  if (!properties) return [`${path}: there is no interface ${name}`];
  const inSchema = schema.properties ?? {};
  const missing = Object.keys(inSchema).filter((key) => !properties.has(key));
  return [
    ...missing.map((key) => `${path}.${key} is not in ${name}`),
    ...[...properties].flatMap(([key, property]) => {
      const part = inSchema[key];
      if (!part) return [`${name}.${key} is not in the definition at ${path}`];
      return propertyDifferences(`${path}.${key}`, part, property, schema.required?.includes(key) ?? false);
    }),
  ];
}

function propertyDifferences(path: string, schema: Schema, { type, optional }: Property, required: boolean): string[] {
  const always = required || schema.default !== undefined;
  return [
    ...(always === optional
      ? [`${path} is ${always ? "always" : "not always"} there, but its type says otherwise`]
      : []),
    ...(schema.description ? [] : [`${path} has no description`]),
    ...typeDifferences(path, schema, type),
  ];
}

function typeDifferences(path: string, schema: Schema, type: string): string[] {
  const item = /^readonly (\w+)\[\]$/.exec(type)?.[1];
  if (schema.type === "array")
    return item ? typeDifferences(`${path}[]`, schema.items ?? {}, item) : [wrong(path, type)];
  if (schema.properties) return differences(path, schema, type);
  return type === written(schema) ? [] : [wrong(path, type, written(schema))];
}

function wrong(path: string, type: string, expected = "a list"): string {
  return `${path} is ${type} in TypeScript and ${expected} in the definition`;
}

/** How TypeScript writes what a schema without properties of its own lets through. */
function written(schema: Schema): string {
  if (schema["x-kubernetes-int-or-string"]) return "Quantity";
  if (schema["x-kubernetes-preserve-unknown-fields"]) return "Readonly<Record<string, unknown>>";
  if (schema.additionalProperties) {
    const values = written(schema.additionalProperties);
    return values === "string" ? "StringMap" : `Readonly<Record<string, ${values}>>`;
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "object") return "EmptyDirSpec";
  return schema.type === "integer" ? "number" : String(schema.type);
}

describe("the definition and its types", () => {
  it("have the same properties in spec", () => {
    assert.deepEqual(differences("spec", schemaOf("spec"), "CounterClusterSpec"), []);
  });

  it("have the same properties in status", () => {
    const status = differences("status", schemaOf("status"), "CounterClusterStatus");
    // A condition's type is a word of ours; the definition leaves it open, as every Kubernetes API does.
    const known = /^status\.conditions\[\]\.type is ConditionType/;
    assert.deepEqual(
      status.filter((difference) => !known.test(difference)),
      [],
    );
  });

  it("name the same volume where the resource names none", () => {
    const managed = schemaOf("spec").properties?.store?.properties?.etcd?.properties?.managed;
    const storage = managed?.properties?.storage;
    assert.equal(storage?.properties?.size?.default, DEFAULT_VOLUME_SIZE);
    assert.match(storage?.description ?? "", new RegExp(`\\b${DEFAULT_VOLUME_SIZE} of the default`));
  });
});
