import { readFileSync } from "node:fs";
import { load } from "js-yaml";

/** A schema as the definition has it (https://kubernetes.io/docs/reference/kubernetes-api/, JSONSchemaProps). */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string; readonly message: string }[];
}

export const DEFINITION_FILE = new URL("../../../charts/global-cluster/crds/countercluster.yaml", import.meta.url);

/** The definition as an object. */
export function definition() {
  return load(readFileSync(DEFINITION_FILE, "utf8")) as DefinitionObject;
}

export interface DefinitionObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly [{ readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }];
  };
}

/** The schema of `spec` or `status`. */
export function schemaOf(section: "spec" | "status"): Schema {
  const schema = definition().spec.versions[0].schema.openAPIV3Schema.properties?.[section];
  if (!schema) throw new Error(`the definition has no ${section}`);
  return schema;
}

/** The image that a managed store runs when the resource names none. */
export function defaultEtcdImage(): string {
  return String(managedEtcdSchema().properties?.image?.default);
}

export function managedEtcdSchema(): Schema {
  const managed = schemaOf("spec").properties?.store?.properties?.etcd?.properties?.managed;
  if (!managed) throw new Error("the definition has no managed etcd");
  return managed;
}
