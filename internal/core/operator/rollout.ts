import type { Deployment, StatefulSet } from "./children.ts";
import type { CounterCluster, StringMap } from "./counter_cluster.ts";
import type { Hold } from "./hold.ts";

/** Annotation of a Deployment or StatefulSet: the pod template as it was rendered, and from which part of the spec. */
export const RENDERED = "globalcluster.dev/rendered-pods";

/**
 * A pod template and what it was made from. The operator keeps it beside the pods and applies it again unchanged until the resource asks for
 * other pods. So an operator of another version, which would render them differently, restarts nothing unasked.
 */
export interface RenderedPods {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly template: object;
  /** Another address or credential of the store came with them, which may be what brings the store back. */
  readonly cure?: boolean;
}

/** The pods of a workload. */
export interface Rollout {
  readonly pods: object;
  /** Annotations that record them. */
  readonly notes: StringMap;
}

export interface CounterRollout extends Rollout {
  readonly replicas: number;
  /** Whether the Deployment's controller must leave all pods as they are, old ones and new ones. */
  readonly paused: boolean;
  readonly postponed: Postponement | null;
}

/** What is postponed, and why. */
export interface Postponement {
  readonly rollout: boolean;
  readonly scaleDown: boolean;
  readonly hold: Hold;
}

/** The counters' pods, and how many. During a hold all pods stay, even in the middle of a rollout. */
export function counterRollout(
  cluster: CounterCluster,
  fresh: RenderedPods,
  live: Deployment | null,
  hold: Hold | null,
): CounterRollout {
  const recorded = recordedPods(live);
  const current = recorded !== null && sameValue(recorded.inputs, fresh.inputs);
  const cure = recorded !== null && !current && isCure(recorded, fresh);
  const kept = current || (recorded !== null && hold !== null && !cure) ? recorded : null;
  const pods = kept ?? { ...fresh, ...(cure && { cure }) };
  const replicas = Math.max(cluster.spec.replicas, hold ? (live?.spec?.replicas ?? 0) : 0);
  const paused = hold !== null && !pods.cure && isUnderWay(live);
  const rollout = (kept !== null && !current) || paused;
  const scaleDown = replicas > cluster.spec.replicas;
  return {
    ...asRollout(pods),
    replicas,
    paused,
    postponed: hold && (rollout || scaleDown) ? { rollout, scaleDown, hold } : null,
  };
}

/** The store's pods. Its controller replaces them one by one, each when the one before is healthy. `waits`: it must not begin yet. */
export function storeRollout(fresh: RenderedPods, live: StatefulSet | null, waits: boolean): Rollout {
  const recorded = recordedPods(live);
  return asRollout(recorded && (waits || isStoreCurrent(recorded, fresh.inputs)) ? recorded : fresh);
}

/** Whether the store's pods were rendered from these inputs. Earlier operators recorded the pull policy, too. That must not restart the store now. */
export function isStoreCurrent({ inputs }: RenderedPods, wanted: RenderedPods["inputs"]): boolean {
  const { imagePullPolicy: _, ...recorded } = inputs;
  return sameValue(recorded, wanted);
}

/** Another address or credential may be what brings the store back. Waiting for the store first would take forever. */
function isCure(recorded: RenderedPods, fresh: RenderedPods): boolean {
  return !sameValue(recorded.inputs.store, fresh.inputs.store);
}

function isUnderWay(live: Deployment | null): boolean {
  const { replicas = 0, updatedReplicas = 0 } = live?.status ?? {};
  return updatedReplicas < replicas;
}

function asRollout({ inputs, template, cure }: RenderedPods): Rollout {
  return { pods: template, notes: { [RENDERED]: JSON.stringify({ inputs, template, cure }) } };
}

/** Null if nothing is recorded, or if somebody damaged the record. The pods are then rendered anew. */
export function recordedPods(live: Deployment | StatefulSet | null): RenderedPods | null {
  try {
    const { inputs, template, cure } = JSON.parse(live?.metadata.annotations?.[RENDERED] ?? "{}");
    if (!isObject(inputs) || !isObject(template)) return null;
    return { inputs: inputs as RenderedPods["inputs"], template, ...(cure === true && { cure }) };
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether two JSON values are equal, regardless of the order of their keys. */
export function sameValue(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
