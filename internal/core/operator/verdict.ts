import type { Condition } from "./counter_cluster.ts";

/** What a condition says: `reason` in one word for programs, `message` in a sentence for people. */
export type Verdict = Pick<Condition, "status" | "reason" | "message">;

export function holds(reason: string, message: string): Verdict {
  return { status: "True", reason, message };
}

export function fails(reason: string, message: string): Verdict {
  return { status: "False", reason, message };
}

export function unknown(reason: string, message: string): Verdict {
  return { status: "Unknown", reason, message };
}

/** Something that does not pass by itself. */
export interface Problem {
  /** One word. */
  readonly reason: string;
  /** A sentence, or the Kubernetes API's own words. */
  readonly message: string;
}
