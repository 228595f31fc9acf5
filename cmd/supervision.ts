/**
 * What a node tells the process that started it, over Node's IPC channel. A node that nobody supervises has no such channel,
 * and `tellSupervisor` does nothing.
 */
export type NodeNews =
  /** It serves. Once. */
  | { readonly kind: "ready"; readonly url: string }
  /** It heard of a leader. Whenever name or epoch changes; a node that leads says so of itself. */
  | { readonly kind: "leader"; readonly name: string; readonly epoch: number }
  /** It drained; its process ends with code 0 next. */
  | {
      readonly kind: "drained";
      /** Committed total of `visits` as it last saw it, or null when it never did (a bigint does not pass IPC). */
      readonly visits: string | null;
      /** Acknowledged hits that wait in its journal for the next start. */
      readonly left: number;
    };

export function tellSupervisor(news: NodeNews): void {
  // The supervisor may be gone by now: without a callback, that would be an `error` event on the process.
  if (process.connected) process.send?.(news, ignoreError);
}

/** Calls `drain` when the supervisor has ended, however it did: nobody would stop this node after that. */
export function onSupervisorGone(drain: () => void): void {
  if (!process.connected) return;
  process.once("disconnect", drain);
  process.channel?.unref();
}

function ignoreError(): void {}
