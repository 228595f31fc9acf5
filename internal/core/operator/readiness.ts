import { currentAnswer, livePods } from "./current_answer.ts";
import { holdOf } from "./hold.ts";
import type { Observation } from "./observation.ts";
import { hindrances } from "./problems.ts";
import { counterStep, progressing } from "./progress.ts";
import { hinderingRefusals } from "./refused_objects.ts";
import type { CounterRollout } from "./rollout.ts";
import { storeHealth } from "./store_health.ts";
import { fails, holds, type Verdict } from "./verdict.ts";

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
  const states = livePods(observation, "counter").map(({ metadata: { name } }) => ({ name, state: known.get(name) }));
  const counts = states.filter(({ state }) => state === "counting").length;
  if (counts >= replicas) return holds("Counting", `${counts} of ${replicas} pods count.`);
  const other = states.find(({ state }) => state !== "counting");
  const example = other ? `; ${other.name} is ${other.state ?? "not known to the leader yet"}` : "";
  return fails("NotCounting", `${counts} of ${replicas} pods count${example}.`);
}
