import type { FieldSet, ManagedFields } from "../kubernetes/managed_fields.ts";

/** Fields of a workload's specification that others have set and that an apply of ours would leave as they are. */
export interface ForeignEdit {
  /** Their field managers, such as `kubectl-edit`. */
  readonly managers: readonly string[];
  /** Paths, such as `spec.template.spec.containers[counter].env[A].value`. */
  readonly fields: readonly string[];
}

/** `kubectl rollout restart` sets it to get new pods of the same template. The resource has no field for that wish. */
export const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

const NOT_FOREIGN: ReadonlySet<string> = new Set([
  `spec.template.metadata.annotations.${RESTARTED_AT}`,
  // We own it in every workload, so every apply restores it, and it has an event of its own.
  "spec.replicas",
]);

/**
 * Fields under `spec` that other managers own and `ours` does not; null if there are none. Fields that an admission webhook adds to a write
 * belong to the writer. What a controller writes through `status`, or an autoscaler through `scale`, is not an edit.
 */
export function foreignEdit(entries: readonly ManagedFields[], ours: string): ForeignEdit | null {
  const whole = entries.filter(({ subresource }) => !subresource);
  const own = whole.filter(({ manager }) => manager === ours).map(specOf);
  const edits = whole
    .filter(({ manager }) => manager !== ours)
    .map((entry) => ({ manager: entry.manager ?? "somebody", fields: [...fieldsBeside(own, specOf(entry), "spec")] }))
    .filter(({ fields }) => fields.length > 0);
  if (edits.length === 0) return null;
  const managers = [...new Set(edits.map(({ manager }) => manager))];
  return { managers, fields: [...new Set(edits.flatMap(({ fields }) => fields))] };
}

function specOf({ fieldsV1 }: ManagedFields): FieldSet {
  return fieldsV1?.["f:spec"] ?? {};
}

/** Paths of the leaves of `theirs` that are in none of `own`. */
function* fieldsBeside(own: readonly FieldSet[], theirs: FieldSet, path: string): Generator<string> {
  for (const [key, inner] of Object.entries(theirs)) {
    if (key === ".") continue;
    const at = path + spelled(key);
    const owned = own.flatMap((fields) => fields[key] ?? []);
    if (hasFields(inner)) yield* fieldsBeside(owned, inner, at);
    else if (owned.length === 0 && !NOT_FOREIGN.has(at)) yield at;
  }
}

function hasFields(fields: FieldSet): boolean {
  return Object.keys(fields).some((key) => key !== ".");
}

/** `f:image` as `.image`, `k:{"name":"counter"}` as `[counter]`. */
function spelled(key: string): string {
  const name = key.slice(2);
  if (key.startsWith("f:")) return `.${name}`;
  return `[${[...name.matchAll(/:("[^"]*"|[^,}]*)/g)].map(([, value]) => value?.replaceAll('"', "")).join() || name}]`;
}
