import { UPGRADE_ADVICE } from "../ledger/entry_fields.ts";
import type { CounterCluster } from "./counter_cluster.ts";
import type { ClusterReport } from "./observation.ts";

/** Why no pod may be restarted or removed now. */
export interface Hold {
  readonly reason: "StoreAway" | "Lagging";
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

/**
 * Pods that leave while nothing is committed must hand their hits over to other pods. That is safe, but waiting is better. Without a current
 * report there is nothing to wait for: the change may be what makes the pods report again.
 */
export function holdOf({ metadata }: CounterCluster, report: ClusterReport | null, now: number): Hold | null {
  if (metadata.annotations?.[ROLL_OUT_ANYWAY] !== undefined || report === null) return null;
  if (isOutdated(report)) return null;
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
