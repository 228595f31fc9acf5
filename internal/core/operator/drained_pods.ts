import type { ContainerState, Pod } from "./children.ts";
import { componentOf } from "./current_answer.ts";
import type { ClusterEvent } from "./decision.ts";
import type { Observation } from "./observation.ts";

/** What a counter writes to its container's termination message when it has drained. */
interface DrainReport {
  /** Hits that another pod took over. */
  readonly handedOver: number;
  /** Hits that are still in the journal, which goes with the pod. */
  readonly left: number;
}

/** Of the counter pods that ended since the observation `before`. */
export function drainEvents(before: Observation, { pods }: Observation): ClusterEvent[] {
  const running = new Set(before.pods.filter((pod) => ended(pod) === undefined).map(({ metadata }) => metadata.uid));
  return pods
    .filter((pod) => componentOf(pod) === "counter" && running.has(pod.metadata.uid))
    .flatMap((pod) => drainEvent(pod) ?? []);
}

function drainEvent(pod: Pod): ClusterEvent | null {
  const report = reportIn(ended(pod)?.message ?? "");
  if (report === null) return null;
  const { name } = pod.metadata;
  const { handedOver, left } = report;
  if (left > 0) {
    const message = `${name} had to end with ${hits(left)} that it could neither commit nor hand over`;
    return { type: "Warning", reason: "PodNotDrained", message };
  }
  const how = handedOver > 0 ? `handed ${hits(handedOver)} over to other pods` : "had all its hits committed";
  return { type: "Normal", reason: "PodDrained", message: `${name} drained: it ${how}` };
}

function ended({ status }: Pod): ContainerState["terminated"] {
  return status?.containerStatuses?.find(({ name }) => name === "counter")?.state?.terminated;
}

function reportIn(message: string): DrainReport | null {
  try {
    const { handedOver, left } = JSON.parse(message);
    return Number.isSafeInteger(handedOver) && Number.isSafeInteger(left) ? { handedOver, left } : null;
  } catch {
    return null;
  }
}

function hits(count: number): string {
  return count === 1 ? "1 hit" : `${count} hits`;
}
