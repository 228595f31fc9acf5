import type { NodeState } from "../cluster/cluster_view.ts";
import { isRecent } from "../iso_time.ts";
import type { Pod } from "./children.ts";
import { type ConditionState, conditionFalse, conditionTrue } from "./condition_state.ts";
import type { Failures } from "./failures.ts";
import type { Findings } from "./findings.ts";
import type { Progress } from "./progress.ts";

/** Longer than it takes to bootstrap a ledger, or to change the leader. */
const START_TIMEOUT_MS = 30_000;

/**
 * Whether every pod that the spec asks for exists, counts, and has its hits committed. `helm install --wait` and
 * `kubectl wait --for=condition=Ready` wait for this. The store's members do not matter one by one: with one of three away, hits are committed.
 */
export function readiness(findings: Findings, progress: Progress, { refused, blocking }: Failures): ConditionState {
  const { replicas } = findings.cluster.spec;
  const { storeHealth, hold } = findings;
  const step = progress.postponed ?? progress.counters;
  // Its reason, too: nobody should have to read a second condition to learn what to do.
  const why = (step ? blocking : refused)[0] ?? step;
  if (why) return conditionFalse(why.reason, why.message);
  if (replicas === 0) return conditionTrue("ScaledToZero", "The spec asks for no counter pods. The total is kept.");
  if (storeHealth.status !== "True") return conditionFalse(storeHealth.reason, storeHealth.message);
  if (hold && hold.reason !== "PodCrashed") return conditionFalse(hold.reason, `Commits are late: ${hold.message}.`);
  return counting(findings, replicas);
}

/** A pod itself says whether it is ready. The leader says whether it counts. */
function counting({ currentReport, counterPods, now }: Findings, replicas: number): ConditionState {
  const states = new Map(currentReport?.nodes.map(({ name, state }) => [name, state]));
  const pods = counterPods.map((pod) => ({ pod, state: states.get(pod.metadata.name) }));
  const others = pods.filter(({ state }) => state !== "counting");
  const counts = pods.length - others.length;
  if (counts >= replicas) return conditionTrue("Counting", `${counts} of ${replicas} pods count.`);
  const [other] = others.filter(({ pod, state }) => !isStarting(pod, state, now));
  if (counts > 0 && !other) return starting(counts, replicas);
  const example = other ? `; ${other.pod.metadata.name} is ${other.state ?? "not known to the leader yet"}` : "";
  return conditionFalse("NotCounting", `${counts} of ${replicas} pods count${example}.`);
}

/** More pods were asked for, or one is replaced. The others continue to count. */
function starting(counts: number, replicas: number): ConditionState {
  const missing = replicas - counts;
  const verb = missing === 1 ? "is" : "are";
  return conditionFalse("Starting", `${counts} of ${replicas} pods count; ${missing} ${verb} starting.`);
}

/** Whether the pod may simply be too new for the leader to have found and heard it. */
function isStarting(pod: Pod, state: NodeState | undefined, now: number): boolean {
  const container = pod.status?.containerStatuses?.find(({ name }) => name === "counter");
  const isNew = isRecent(container?.state?.running?.startedAt, START_TIMEOUT_MS, now);
  return isNew && (state === undefined || state === "unreachable");
}
