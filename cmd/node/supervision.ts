/**
 * Messages from a node to the process that started it, over Node's IPC channel. A node without a supervisor has no channel, and
 * `report` does nothing.
 */
export type SupervisorMessage =
  /** It cannot start. `setting`: the setting that may help, or null. Its process ends next, with EXIT_SETTINGS. */
  | { readonly kind: "refused"; readonly reason: string; readonly setting: string | null }
  /** It serves. Sent once. */
  | { readonly kind: "ready"; readonly url: string }
  /** There is another leader, or the same one with a new epoch. The leader reports itself, too. */
  | { readonly kind: "leader"; readonly name: string; readonly epoch: number }
  /** It drained. Its process ends next, with code 0. */
  | {
      readonly kind: "drained";
      /** Committed total of `visits` as the node knew it, or null if it never did. A string, because IPC cannot send a bigint. */
      readonly visits: string | null;
      /** Acknowledged hits that are not committed. The node counts them after its next start. */
      readonly left: number;
      /** Whether the journal has them. False: they are lost. */
      readonly kept: boolean;
      /** Names of the nodes that are still counting, as far as it knows. */
      readonly others: readonly string[];
    };

export function report(message: SupervisorMessage): void {
  // If the supervisor has ended meanwhile, a send without callback would emit `error` on the process.
  if (process.connected) process.send?.(message, ignoreError);
}

/** For a process that ends next. Resolves when the message was sent; to false if there is no supervisor. */
export async function reportAndWait(message: SupervisorMessage): Promise<boolean> {
  if (!process.connected) return false;
  return new Promise((resolve) => process.send?.(message, undefined, {}, (error) => resolve(error === null)));
}

/** Calls `drain` when the supervisor has ended in any way: nothing else would stop this node then. */
export function onSupervisorGone(drain: () => void): void {
  if (!process.connected) return;
  process.once("disconnect", drain);
  process.channel?.unref();
}

function ignoreError(): void {}
