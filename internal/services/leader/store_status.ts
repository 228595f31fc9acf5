import type { StoreState } from "../../core/cluster/cluster_view.ts";
import type { Logger } from "../../ports/logger.ts";
import type { RoundOutcome } from "../../ports/meter.ts";
import { StoreError } from "../../ports/store.ts";
import { storeFailure } from "../counter/store_failure.ts";

/** The store's state, as the leader sees it. Each change is logged. */
export class StoreStatus {
  readonly #logger: Logger;
  /** Null before the store has responded or failed. */
  state: StoreState | null = null;
  /** A sentence for people; empty if the store is ok. */
  detail = "";

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `cause`: the store client's own message, for the log line. */
  set(state: StoreState, detail: string, cause = detail): void {
    if (state !== this.state) logStoreState(this.#logger, state, cause);
    this.state = state;
    this.detail = detail;
  }

  /** Call when the ledger was read. This says nothing about commits, so a failed store stays failed until a round succeeds. */
  wasRead(): void {
    if (this.state === null || this.state === "founding") this.set("ok", "");
  }

  /** Takes over the state that a StoreError means, and returns the round's outcome. Any other error is thrown again. */
  failed(error: unknown): RoundOutcome {
    if (!(error instanceof StoreError)) throw error;
    const { kind, message } = error;
    const { store, detail } = storeFailure(error);
    this.set(store, detail, message);
    return kind === "full" ? "store_full" : kind === "unknown" ? "unknown" : "store_away";
  }
}

/** Writes the log line for a change of the store's state. */
export function logStoreState(logger: Logger, state: StoreState, detail: string): void {
  if (state === "ok" || state === "founding") logger.info(`the store is ${state}`, { detail: detail || undefined });
  else logger.error(`the store is ${state}`, { detail });
}
