import { isRecent } from "../iso_time.ts";
import type { ChildCondition, ContainerStatus, Pod } from "./children.ts";
import { drainReport } from "./drain_report.ts";

/** Milliseconds. Kubernetes restarts a crashed container seven times in this time, the last time after five minutes. */
export const LONGEST_CRASH_HOLD_MS = 600_000;
/** By this label, a ReplicaSet knows its pods. */
export const REPLICA_SET_LABEL = "pod-template-hash";
/** Its value for a pod that the operator took from its ReplicaSet because it had crashed. */
export const CRASHED = "crashed";
const ENDED_PHASES: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

/** A counter pod that crashed, and whose journal may hold hits that are not committed. The journal is deleted with the pod. */
export interface CrashedPod {
  readonly name: string;
  /** When it stopped being ready, in ISO 8601. */
  readonly since: string | undefined;
  /** Whether Kubernetes waits before it starts the container again. Otherwise the pod may be back in a second. */
  readonly waits: boolean;
}

/**
 * Pods of a ReplicaSet that must stay until they have come back. When pods must leave, Kubernetes first takes those that are not ready, and a container that
 * does not run cannot drain. `counterPods`: those that are not being deleted.
 */
export function crashedPods(counterPods: readonly Pod[], now: number): CrashedPod[] {
  return counterPods
    .filter((pod) => !isDetached(pod) && mayHoldHits(pod))
    .flatMap((pod) => {
      const since = conditionOf(pod, "Ready")?.lastTransitionTime;
      const expired = since !== undefined && !isRecent(since, LONGEST_CRASH_HOLD_MS, now);
      const waits = counterOf(pod)?.state?.waiting?.reason === "CrashLoopBackOff";
      return expired ? [] : [{ name: pod.metadata.name, since, waits }];
    });
}

/** Whether the pod belongs to no ReplicaSet any more. Only the operator removes it. */
export function isDetached({ metadata }: Pod): boolean {
  return metadata.labels?.[REPLICA_SET_LABEL] === CRASHED;
}

/** A pod that is ready, or whose container runs for the first time, drains when it must leave. */
function mayHoldHits(pod: Pod): boolean {
  const container = counterOf(pod);
  const ended = container?.state?.terminated ?? container?.lastState?.terminated;
  if (!ended || container?.ready || isEnded(pod)) return false;
  return drainReport(pod)?.left !== 0 && hasServed(pod);
}

/** Whether the pod was ever ready, and so may have acknowledged hits. One that has not been ready yet is unready since it was initialized. */
export function hasServed(pod: Pod): boolean {
  if (pod.status?.phase === "Pending") return false;
  const [ready, initialized] = [conditionOf(pod, "Ready"), conditionOf(pod, "Initialized")];
  if (ready?.status === "True" || !ready?.lastTransitionTime || !initialized?.lastTransitionTime) return true;
  return ready.lastTransitionTime > initialized.lastTransitionTime;
}

/** Whether its containers have ended for good, and its disk is deleted. */
export function isEnded({ status }: Pod): boolean {
  return ENDED_PHASES.has(status?.phase ?? "");
}

function counterOf({ status }: Pod): ContainerStatus | undefined {
  return status?.containerStatuses?.find(({ name }) => name === "counter");
}

function conditionOf({ status }: Pod, type: string): ChildCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
