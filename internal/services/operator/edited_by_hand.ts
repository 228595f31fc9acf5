import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { DesiredObject } from "../../core/operator/desired/object.ts";
import { type ForeignEdit, foreignEdit, RESTARTED_AT } from "../../core/operator/foreign_edit.ts";
import type { KubernetesObject } from "../../ports/kubernetes.ts";
import { FIELD_MANAGER } from "./operator_name.ts";

/** Kinds whose additional fields run in our pods, or keep them from running. */
const WORKLOADS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet"]);
/** Fields that an event names at most. Nobody reads more. */
const FIELDS_PER_EVENT = 3;

interface Workload extends KubernetesObject {
  readonly spec?: { readonly template?: Template };
}

interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/** The object that undoes an edit, and the event that reports it. */
export interface Restoration {
  readonly object: KubernetesObject;
  readonly event: ResourceEvent;
}

/** How to undo the fields that somebody added; null if nobody did. Applying restores our own fields only, so the whole object must be replaced. */
export function editedByHand(cluster: CounterCluster, found: Workload, desired: DesiredObject): Restoration | null {
  if (!WORKLOADS.has(desired.kind)) return null;
  const edit = foreignEdit(found.metadata.managedFields ?? [], FIELD_MANAGER);
  return edit && { object: replacement(found, desired), event: eventOf(cluster, found, edit) };
}

/** Keeps the version that was read, so that a later change by others is not overwritten unseen. */
function replacement(found: Workload, desired: Workload & DesiredObject): KubernetesObject {
  // Without managedFields, the API server keeps its own record of who set which field.
  const { managedFields: _, ...there } = found.metadata;
  const { labels, annotations } = desired.metadata;
  const metadata = {
    ...there,
    labels: { ...there.labels, ...labels },
    annotations: { ...there.annotations, ...annotations },
  };
  const { apiVersion, kind, spec } = desired;
  const template = restarted(spec?.template ?? {}, found.spec?.template);
  const object: Workload = { apiVersion, kind, metadata, spec: { ...spec, template } };
  return object;
}

function restarted(template: Template, there: Template | undefined): Template {
  const at = there?.metadata?.annotations?.[RESTARTED_AT];
  if (at === undefined) return template;
  const { metadata } = template;
  return { ...template, metadata: { ...metadata, annotations: { ...metadata?.annotations, [RESTARTED_AT]: at } } };
}

function eventOf(cluster: CounterCluster, found: KubernetesObject, { managers, fields }: ForeignEdit): ResourceEvent {
  const { name, namespace } = cluster.metadata;
  const more = fields.length > FIELDS_PER_EVENT ? ` and ${fields.length - FIELDS_PER_EVENT} more fields` : "";
  const what = `${fields.slice(0, FIELDS_PER_EVENT).join(", ")}${more} of the ${found.kind} ${found.metadata.name}`;
  return {
    type: "Warning",
    reason: "EditedByHand",
    message: `${managers.join(" and ")} set ${what}; the operator has restored it. Change the resource instead: kubectl edit -n ${namespace} gcc/${name}`,
  };
}
