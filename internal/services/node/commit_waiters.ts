import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Receipt } from "../../ports/counting.ts";
import type { Counters } from "../counter/counters.ts";
import type { HeldLog } from "../counter/held_log.ts";
import type { HeldLogs } from "../counter/held_logs.ts";

export interface CommitWaitersDeps {
  readonly heldLogs: HeldLogs;
  readonly counters: Pick<Counters, "ledger">;
  readonly clock: Clock;
}

interface Waiter {
  readonly isShown: () => boolean;
  readonly resolve: (shown: boolean) => void;
  readonly cancelTimeout: Cancel;
}

/** Requests that wait until a snapshot shows what they did: that their hits are committed (`?wait=committed`), or an adjustment. */
export class CommitWaiters {
  readonly #deps: CommitWaitersDeps;
  readonly #waiters = new Set<Waiter>();

  constructor(deps: CommitWaitersDeps) {
    this.#deps = deps;
  }

  /** Resolves to true once a snapshot shows everything up to `receipt` committed; to false after `timeoutMs`, or if no such log is held here. */
  async wait({ source, offset }: Receipt, timeoutMs: number): Promise<boolean> {
    const held = [...this.#deps.heldLogs.all()].find(({ log }) => log.id === source);
    return held !== undefined && this.#until(() => holderOf(held, offset).log.shown >= offset, timeoutMs);
  }

  /** Resolves to true once this node shows `version` of the ledger; to false after `timeoutMs`. */
  waitForVersion(version: number, timeoutMs: number): Promise<boolean> {
    return this.#until(() => (this.#deps.counters.ledger?.version ?? 0) >= version, timeoutMs);
  }

  /** Resolves the requests whose commit is shown. Call after each snapshot. */
  settle(): void {
    for (const waiter of this.#waiters) if (waiter.isShown()) this.#resolve(waiter, true);
  }

  async #until(isShown: () => boolean, timeoutMs: number): Promise<boolean> {
    if (isShown()) return true;
    return new Promise((resolve) => {
      const cancelTimeout = this.#deps.clock.after(timeoutMs, () => this.#resolve(waiter, false));
      const waiter: Waiter = { isShown, resolve, cancelTimeout };
      this.#waiters.add(waiter);
    });
  }

  #resolve(waiter: Waiter, shown: boolean): void {
    if (!this.#waiters.delete(waiter)) return;
    waiter.cancelTimeout();
    waiter.resolve(shown);
  }
}

/** The log that has these hits now: those that were never offered when it was set aside are in another one. */
function holderOf(held: HeldLog, offset: number): HeldLog {
  let holder = held;
  while (holder.continuedBy && offset > holder.log.end) holder = holder.continuedBy;
  return holder;
}
