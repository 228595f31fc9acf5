import type { ContainerState, Pod } from "./children.ts";
import type { ResourceEvent } from "./decision.ts";
import { hits, parseReport } from "./drain_report.ts";
import { componentOf } from "./live_pods.ts";
import type { Observation } from "./observation.ts";

/** Events about the counter pods that ended after the observation `before`. */
export function drainEvents(before: Observation, { pods }: Observation): ResourceEvent[] {
  const running = new Set(before.pods.filter((pod) => ended(pod) === undefined).map(({ metadata }) => metadata.uid));
  return pods
    .filter((pod) => componentOf(pod) === "counter" && running.has(pod.metadata.uid))
    .flatMap((pod) => drainEvent(pod) ?? []);
}

function drainEvent(pod: Pod): ResourceEvent | null {
  const report = parseReport(ended(pod)?.message ?? "");
  if (report === null) return null;
  const { name } = pod.metadata;
  const { handedOver, left } = report;
  if (left > 0) {
    const message = `${name} ended with ${hits(left)} that it could neither commit nor hand over`;
    return { type: "Warning", reason: "PodNotDrained", message };
  }
  const how = handedOver > 0 ? `it handed ${hits(handedOver)} over to other pods` : "all its hits are committed";
  return { type: "Normal", reason: "PodDrained", message: `${name} drained: ${how}` };
}

function ended({ status }: Pod): ContainerState["terminated"] {
  return status?.containerStatuses?.find(({ name }) => name === "counter")?.state?.terminated;
}
