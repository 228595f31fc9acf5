import type { StoreState } from "../../core/cluster/cluster_view.ts";
import type { Logger } from "../../ports/logger.ts";
import type { RoundOutcome } from "../../ports/meter.ts";
import { StoreError } from "../../ports/store.ts";
import { storeFailure } from "../counter/store_failure.ts";

/** How the store does, as the leader sees it; each change is a line in the log. */
export class StoreStatus {
  readonly #logger: Logger;
  /** Null: it has not answered or failed yet. */
  state: StoreState | null = null;
  /** A sentence for people; empty when all is well. */
  detail = "";

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `cause`: the same for the log. */
  set(state: StoreState, detail: string, cause = detail): void {
    if (state !== this.state) logStoreState(this.#logger, state, cause);
    this.state = state;
    this.detail = detail;
  }

  /** Its ledger was read. Whether it takes commits is seen when there is something to commit. */
  wasRead(): void {
    if (this.state === null || this.state === "founding") this.set("ok", "");
  }

  /** Takes an error of the store into account; anything else is thrown again. */
  failed(error: unknown): { readonly outcome: RoundOutcome; readonly mayBeApplied: boolean } {
    if (!(error instanceof StoreError)) throw error;
    const { kind, message, mayBeApplied } = error;
    const { store, detail } = storeFailure(error);
    this.set(store, detail, message);
    const outcome = kind === "full" ? "store_full" : kind === "unknown" ? "unknown" : "store_away";
    return { outcome, mayBeApplied };
  }
}

export function logStoreState(logger: Logger, state: StoreState, detail: string): void {
  if (state === "ok" || state === "founding") logger.info(`the store is ${state}`, { detail: detail || undefined });
  else logger.error(`the store is ${state}`, { detail });
}
