import type { Observation } from "./observation.ts";

/** Why nothing is to be restarted or removed now. */
export interface Hold {
  readonly reason: "StoreAway" | "Lagging";
  /** A sentence without its full stop. */
  readonly message: string;
}

/** Annotation by which a person says that it must be done all the same, because it is what helps. */
export const ROLL_OUT_ANYWAY = "globalcluster.dev/roll-out-anyway";

/** Seconds. */
const LONGEST_LAG = 5;
/** Where rounds come less often than that, because there is much to write, only one that is missing is trouble. */
const LONGEST_LAG_IN_ROUNDS = 2;
/** Milliseconds after which an answer says nothing about the present. */
export const ANSWER_HOLDS = 15_000;
const TROUBLES: ReadonlySet<string> = new Set(["away", "locked", "full", "lost", "corrupt"]);

/**
 * Pods that leave now would have to hand their hits over instead of seeing them committed. That is safe, but better is to wait.
 * If nobody answers there is nothing to wait for: what is to be rolled out may be what makes them answer.
 */
export function holdOf({ cluster, answer, now }: Observation): Hold | null {
  if (cluster.metadata.annotations?.[ROLL_OUT_ANYWAY] !== undefined) return null;
  if (answer === null || now - answer.at > ANSWER_HOLDS) return null;
  if (TROUBLES.has(answer.store)) {
    return { reason: "StoreAway", message: `the store is ${answer.store}` };
  }
  const lag = lagOf(answer.age, now - answer.at);
  const longest = Math.max(LONGEST_LAG, Math.ceil(LONGEST_LAG_IN_ROUNDS * answer.interval));
  if (lag === null || lag <= longest) return null;
  return { reason: "Lagging", message: `the last commit is more than ${longest} s ago` };
}

/** Seconds, of an age in seconds that was told `ago` milliseconds before. */
export function lagOf(age: number | null, ago: number): number | null {
  return age === null ? null : age + Math.max(0, ago) / 1000;
}
