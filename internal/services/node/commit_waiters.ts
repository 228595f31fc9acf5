import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Receipt } from "../../ports/counting.ts";
import type { HeldLog } from "../counter/held_log.ts";
import type { HeldLogs } from "../counter/held_logs.ts";

interface Waiter {
  readonly held: HeldLog;
  readonly offset: number;
  readonly resolve: (committed: boolean) => void;
  readonly cancelTimeout: Cancel;
}

/** Requests that wait until a snapshot shows their hits committed (`?wait=committed`). */
export class CommitWaiters {
  readonly #heldLogs: HeldLogs;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();

  constructor(heldLogs: HeldLogs, clock: Clock) {
    this.#heldLogs = heldLogs;
    this.#clock = clock;
  }

  /** Resolves to true once a snapshot shows everything up to `receipt` committed; to false after `timeoutMs`, or if no such log is held here. */
  async wait(receipt: Receipt, timeoutMs: number): Promise<boolean> {
    const held = [...this.#heldLogs.all()].find(({ log }) => log.id === receipt.source);
    if (!held || held.log.shown >= receipt.offset) return held !== undefined;
    return new Promise((resolve) => {
      const cancelTimeout = this.#clock.after(timeoutMs, () => this.#resolve(waiter, false));
      const waiter: Waiter = { held, offset: receipt.offset, resolve, cancelTimeout };
      this.#waiters.add(waiter);
    });
  }

  /** Resolves the requests whose hits are committed. Call after each snapshot. */
  settle(): void {
    for (const waiter of this.#waiters) if (holderOf(waiter).log.shown >= waiter.offset) this.#resolve(waiter, true);
  }

  #resolve(waiter: Waiter, committed: boolean): void {
    if (!this.#waiters.delete(waiter)) return;
    waiter.cancelTimeout();
    waiter.resolve(committed);
  }
}

/** The log that has these hits now: those that were never offered when it was set aside are in another one. */
function holderOf({ held, offset }: Waiter): HeldLog {
  let holder = held;
  while (holder.continuedBy && offset > holder.log.end) holder = holder.continuedBy;
  return holder;
}
