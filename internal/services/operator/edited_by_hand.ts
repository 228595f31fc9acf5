import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { DesiredObject } from "../../core/operator/desired/object.ts";
import { type ForeignEdit, foreignEdit, RESTARTED_AT } from "../../core/operator/foreign_edit.ts";
import type { KubernetesObject } from "../../ports/kubernetes.ts";
import { FIELD_MANAGER } from "./operator_name.ts";

/** Of these, what others add runs in our pods, or keeps them from running. */
const WORKLOADS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet"]);
/** More fields would not be read. */
const MOST_TOLD = 3;

interface Workload extends KubernetesObject {
  readonly spec?: { readonly template?: Template };
}

interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/** What undoes an edit, and what is told of it. */
export interface PutBack {
  readonly object: KubernetesObject;
  readonly event: ResourceEvent;
}

/** Applying takes back the fields that are ours, and leaves those that somebody added: only replacing the whole removes them. Null: nobody did. */
export function editedByHand(cluster: CounterCluster, found: Workload, desired: DesiredObject): PutBack | null {
  if (!WORKLOADS.has(desired.kind)) return null;
  const edit = foreignEdit(found.metadata.managedFields ?? [], FIELD_MANAGER);
  return edit && { object: replacement(found, desired), event: eventOf(cluster, found, edit) };
}

/** With the version that was found: whoever changed it since is not overwritten unseen. */
function replacement(found: Workload, desired: Workload & DesiredObject): KubernetesObject {
  // Without them the API server keeps its own account of who set what.
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
  const more = fields.length > MOST_TOLD ? ` and ${fields.length - MOST_TOLD} more fields` : "";
  const what = `${fields.slice(0, MOST_TOLD).join(", ")}${more} of the ${found.kind} ${found.metadata.name}`;
  return {
    type: "Warning",
    reason: "EditedByHand",
    message: `${managers.join(" and ")} set ${what}; it is put back. Change the resource instead: kubectl edit -n ${namespace} gcc/${name}`,
  };
}
