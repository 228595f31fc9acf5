import type { Clock } from "../../ports/clock.ts";
import { KubernetesError } from "../../ports/kubernetes.ts";
import { unreachable } from "./errors.ts";

/**
 * Runs `work`, whose signal aborts after `ms` milliseconds. Throws KubernetesError: foreign errors become its cause, and `late` is the
 * reason if the time ran out.
 */
export async function withDeadline<T>(
  { clock, server, ms, late }: { clock: Clock; server: URL; ms: number; late: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const cancel = clock.after(ms, () => deadline.abort());
  try {
    return await work(deadline.signal);
  } catch (error) {
    if (error instanceof KubernetesError) throw error;
    throw unreachable(server, deadline.signal.aborted ? new Error(late) : error);
  } finally {
    cancel();
  }
}
