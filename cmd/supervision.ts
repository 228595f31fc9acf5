/**
 * What a node tells the process that started it, over Node's IPC channel. A node that nobody supervises has no such channel,
 * and `tellSupervisor` does nothing.
 */
export type NodeNews =
  /** It cannot run like this, for a reason that one of its settings may take away; its process ends with the exit code for settings next. */
  | { readonly kind: "refused"; readonly reason: string; readonly setting: string | null }
  /** It serves. Once. */
  | { readonly kind: "ready"; readonly url: string }
  /** It heard of a leader. Whenever name or epoch changes; a node that leads says so of itself. */
  | { readonly kind: "leader"; readonly name: string; readonly epoch: number }
  /** It drained; its process ends with code 0 next. */
  | {
      readonly kind: "drained";
      /** Committed total of `visits` as it last saw it, or null when it never did (a bigint does not pass IPC). */
      readonly visits: string | null;
      /** Acknowledged hits that are not committed. */
      readonly left: number;
      /** Whether they wait in its journal for the next start; false: they are lost. */
      readonly kept: boolean;
      /** Names of the nodes that go on, as far as it heard. */
      readonly others: readonly string[];
    };

export function tellSupervisor(news: NodeNews): void {
  // The supervisor may be gone by now: without a callback, that would be an `error` event on the process.
  if (process.connected) process.send?.(news, ignoreError);
}

/** The same for a process that ends next: resolves when the news is on its way, to false when nobody supervises. */
export async function tellSupervisorLast(news: NodeNews): Promise<boolean> {
  if (!process.connected) return false;
  return new Promise((resolve) => process.send?.(news, undefined, {}, (error) => resolve(error === null)));
}

/** Calls `drain` when the supervisor has ended, however it did: nobody would stop this node after that. */
export function onSupervisorGone(drain: () => void): void {
  if (!process.connected) return;
  process.once("disconnect", drain);
  process.channel?.unref();
}

function ignoreError(): void {}
