import type { Pod } from "./children.ts";

/** What a counter writes into its container's termination message when it has drained. */
export interface DrainReport {
  /** Hits that other pods took over. */
  readonly handedOver: number;
  /** Hits that are still in the journal, which is deleted with the pod. */
  readonly left: number;
}

/** What the counter reported when its container last ended; null: nothing, so it did not end by draining. */
export function drainReport({ status }: Pod): DrainReport | null {
  const container = status?.containerStatuses?.find(({ name }) => name === "counter");
  return parseReport((container?.state?.terminated ?? container?.lastState?.terminated)?.message ?? "");
}

/** Null if the message is something else, such as the end of a log. */
export function parseReport(message: string): DrainReport | null {
  try {
    const { handedOver, left } = JSON.parse(message);
    return Number.isSafeInteger(handedOver) && Number.isSafeInteger(left) ? { handedOver, left } : null;
  } catch {
    return null;
  }
}

export function hits(count: number): string {
  return count === 1 ? "1 hit" : `${count} hits`;
}
