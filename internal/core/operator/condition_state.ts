import type { Condition } from "./counter_cluster.ts";

/** What a condition says: `reason` in one word for programs, `message` in a sentence for people. */
export type ConditionState = Pick<Condition, "status" | "reason" | "message">;

export function conditionTrue(reason: string, message: string): ConditionState {
  return { status: "True", reason, message };
}

export function conditionFalse(reason: string, message: string): ConditionState {
  return { status: "False", reason, message };
}

export function conditionUnknown(reason: string, message: string): ConditionState {
  return { status: "Unknown", reason, message };
}
