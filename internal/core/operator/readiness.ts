import type { NodeState } from "../cluster/cluster_view.ts";
import { isRecent } from "../iso_time.ts";
import type { Pod } from "./children.ts";
import { currentAnswer, livePods } from "./current_answer.ts";
import { holdOf } from "./hold.ts";
import type { Observation } from "./observation.ts";
import { hindrances } from "./problems.ts";
import { counterStep, progressing } from "./progress.ts";
import { hinderingRefusals } from "./refused_objects.ts";
import type { CounterRollout } from "./rollout.ts";
import { storeHealth } from "./store_health.ts";
import { fails, holds, type Verdict } from "./verdict.ts";

/** Milliseconds: longer than a founding or a change of the leader takes. */
const STARTS_WITHIN = 30_000;

/**
 * Whether every pod that the spec wants is there, counts, and has its hits committed. `helm install --wait` and
 * `kubectl wait --for=condition=Ready` wait for it. The store's members are not asked for one by one: with one of three away, hits are committed.
 */
export function readiness(observation: Observation, rollout: CounterRollout): Verdict {
  const { replicas } = observation.cluster.spec;
  const [refusal] = hinderingRefusals(observation);
  if (refusal) return fails(refusal.reason, refusal.message);
  const step = rollout.postponed ? progressing(observation, rollout) : counterStep(observation, rollout);
  if (step) return notReady(observation, step);
  if (replicas === 0) return holds("ScaledToZero", "No counter pods are wanted, and the total is kept.");
  const store = storeHealth(observation);
  if (store.status !== "True") return { ...store, status: "False" };
  const hold = holdOf(observation);
  if (hold) return fails(hold.reason, `Commits come late: ${hold.message}.`);
  return counting(observation, replicas);
}

/** The reason is that of the first problem, because nobody should have to look at a second condition to learn what to do. */
function notReady(observation: Observation, step: Verdict): Verdict {
  const [problem] = hindrances(observation);
  if (problem) return fails(problem.reason, problem.message);
  return fails(step.reason, step.message);
}

/** Ready is what a pod says of itself; counting is what the leader says of it. */
function counting(observation: Observation, replicas: number): Verdict {
  const nodes = currentAnswer(observation)?.nodes ?? [];
  const known = new Map(nodes.map(({ name, state }) => [name, state]));
  const pods = livePods(observation, "counter").map((pod) => ({ pod, state: known.get(pod.metadata.name) }));
  const others = pods.filter(({ state }) => state !== "counting");
  const counts = pods.length - others.length;
  if (counts >= replicas) return holds("Counting", `${counts} of ${replicas} pods count.`);
  const [other] = others.filter(({ pod, state }) => !isStarting(pod, state, observation.now));
  if (counts > 0 && !other) return starting(counts, replicas);
  const example = other ? `; ${other.pod.metadata.name} is ${other.state ?? "not known to the leader yet"}` : "";
  return fails("NotCounting", `${counts} of ${replicas} pods count${example}.`);
}

/** More pods were asked for, or one is replaced: those that were there go on counting. */
function starting(counts: number, replicas: number): Verdict {
  const missing = replicas - counts;
  return fails("Starting", `${counts} of ${replicas} pods count; ${missing} ${missing === 1 ? "is" : "are"} starting.`);
}

/** Whether it may just be too new for the leader to have found and heard it. */
function isStarting(pod: Pod, state: NodeState | undefined, now: number): boolean {
  const container = pod.status?.containerStatuses?.find(({ name }) => name === "counter");
  const isNew = isRecent(container?.state?.running?.startedAt, STARTS_WITHIN, now);
  return isNew && (state === undefined || state === "unreachable");
}
