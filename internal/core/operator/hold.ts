import { UPGRADE_ADVICE } from "../ledger/entry_fields.ts";
import type { CounterCluster } from "./counter_cluster.ts";
import { type CrashedPod, LONGEST_CRASH_HOLD_MS } from "./crashed_pods.ts";
import type { ClusterReport } from "./observation.ts";

/** Why no pod may be restarted or removed now. */
export interface Hold {
  readonly reason: "PodCrashed" | "StoreAway" | "Lagging";
  /** A sentence without its full stop. */
  readonly message: string;
}

/** Annotation with which a person lifts the hold, because restarting or removing pods is what helps. */
export const ROLL_OUT_ANYWAY = "globalcluster.dev/roll-out-anyway";

/** Seconds without a commit after which pods are held. */
const LONGEST_LAG_S = 5;
/** A leader with much to write does fewer rounds. A commit is late only if a whole round is missing. */
const LONGEST_LAG_IN_ROUNDS = 2;
const FAILED_STATES: ReadonlySet<string> = new Set(["away", "locked", "full", "lost", "corrupt"]);

/** `report`: a current one, or null. `crashed`: pods whose journals may hold hits. */
export function holdOf(
  cluster: CounterCluster,
  report: ClusterReport | null,
  crashed: readonly CrashedPod[],
  now: number,
): Hold | null {
  if (cluster.metadata.annotations?.[ROLL_OUT_ANYWAY] !== undefined) return null;
  return crashHold(crashed) ?? storeHold(report, now);
}

/** Kubernetes would remove a crashed pod before all others, and its journal with it. */
function crashHold([first]: readonly CrashedPod[]): Hold | null {
  if (!first) return null;
  const { name, since = "its crash" } = first;
  const limit = `${LONGEST_CRASH_HOLD_MS / 60_000} minutes after ${since}`;
  const message = `${name} crashed, and its journal may hold hits that are not committed: it is waited for until ${limit}`;
  return { reason: "PodCrashed", message };
}

/**
 * Pods that leave while nothing is committed must hand their hits over to other pods. That is safe, but waiting is better. Without a current
 * report there is nothing to wait for: the change may be what makes the pods report again.
 */
function storeHold(report: ClusterReport | null, now: number): Hold | null {
  if (report === null || isOutdated(report)) return null;
  if (FAILED_STATES.has(report.store)) return { reason: "StoreAway", message: `the store is ${report.store}` };
  const lag = lagOf(report.age, now - report.at);
  const longest = Math.max(LONGEST_LAG_S, Math.ceil(LONGEST_LAG_IN_ROUNDS * report.interval));
  if (lag === null || lag <= longest) return null;
  return { reason: "Lagging", message: `the last commit was more than ${longest} s ago` };
}

/** The pods are too old for their ledger: a rollout of a newer image is what helps, and nothing else does. */
function isOutdated({ store, storeDetail }: ClusterReport): boolean {
  return store === "corrupt" && storeDetail.includes(UPGRADE_ADVICE);
}

/** Seconds since the ledger was known to be current: its age when it was reported, and the milliseconds since then. */
export function lagOf(age: number | null, sinceMs: number): number | null {
  return age === null ? null : age + Math.max(0, sinceMs) / 1000;
}
