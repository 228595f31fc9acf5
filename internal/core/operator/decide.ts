import type { Decision, OperatorDefaults, PreviousState } from "./decision.ts";
import { desiredObjects, desiredRollout } from "./desired_objects.ts";
import { crashedPodActions } from "./detached_pods.ts";
import { eventsOf, lossEvents } from "./events.ts";
import { findingsOf } from "./findings.ts";
import { lastHeard, lostHits, lostPods } from "./lost_pods.ts";
import type { Observation } from "./observation.ts";
import { statusOf } from "./status.ts";
import { samplesWith } from "./status_numbers.ts";

/** Everything that the operator decides about one resource: from what exists to what it must do and report. */
export function decide(observation: Observation, previous: PreviousState | null, defaults: OperatorDefaults): Decision {
  const findings = findingsOf(observation);
  const before = previous?.status ?? observation.cluster.status;
  const samples = samplesWith(previous?.samples ?? [], observation);
  const rollout = desiredRollout(findings, defaults);
  const status = statusOf(findings, rollout, before, samples);
  const leader = status.leader ?? previous?.leader ?? before?.leader;
  const lost = previous ? lostPods(previous.observation, observation, previous.heard) : [];
  return {
    objects: desiredObjects({ ...findings, cluster: { ...observation.cluster, status } }, rollout, defaults),
    status,
    events: [...eventsOf(previous, observation, status), ...lossEvents(lost, observation)],
    crashedPods: crashedPodActions(findings),
    lostHits: lostHits(lost),
    next: {
      observation,
      status,
      samples,
      heard: lastHeard(previous?.heard ?? new Map(), observation),
      ...(leader !== undefined && { leader }),
    },
  };
}
