import type { FieldSet, ManagedFields } from "../kubernetes/managed_fields.ts";

/** What others have set in a workload's specification, where applying what is wanted would leave it. */
export interface ForeignEdit {
  /** Who: what they write with, such as `kubectl-edit`. */
  readonly managers: readonly string[];
  /** Paths, such as `spec.template.spec.containers[counter].env[A].value`. */
  readonly fields: readonly string[];
}

/** By it, `kubectl rollout restart` makes other pods of the same template: somebody's wish that the resource has no field for. */
export const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

const NOT_FOREIGN: ReadonlySet<string> = new Set([
  `spec.template.metadata.annotations.${RESTARTED_AT}`,
  // It is ours in every workload, so it is taken back without this, and told in words of its own.
  "spec.replicas",
]);

/**
 * Fields under `spec` that other managers have and `ours` has not; null when there are none. What an admission webhook adds to a write
 * counts as the writer's, and what a controller says through `status` or an autoscaler through `scale` is no edit.
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
