import type { Decision, Recollection, Surroundings } from "./decision.ts";
import { desiredObjects, desiredRollout } from "./desired_objects.ts";
import { eventsOf } from "./events.ts";
import { holdOf } from "./hold.ts";
import type { Observation } from "./observation.ts";
import { statusOf } from "./status.ts";
import { samplesWith } from "./totals.ts";

/** The whole of the operator's judgement about one resource: from what there is to what is to be done and said. */
export function decide(observation: Observation, before: Recollection | null, surroundings: Surroundings): Decision {
  const known = before?.status ?? observation.cluster.status;
  const samples = samplesWith(before?.samples ?? [], observation);
  const rollout = desiredRollout(observation, holdOf(observation), surroundings);
  const status = statusOf(observation, rollout, known, samples);
  const cluster = { ...observation.cluster, status };
  const leader = status.leader ?? before?.leader ?? known?.leader;
  return {
    objects: desiredObjects({ ...observation, cluster }, rollout, surroundings),
    status,
    events: eventsOf(before, observation, status),
    recollection: { observation, status, samples, ...(leader !== undefined && { leader }) },
  };
}
