import type { StoreState } from "../../core/cluster_view.ts";
import type { Log } from "../../ports/log.ts";
import type { RoundOutcome } from "../../ports/meter.ts";
import { StoreError } from "../../ports/store.ts";
import { storeTrouble } from "../counter/store_trouble.ts";

/** How the store does, as the leader sees it; each change is a line in the log. */
export class StoreCondition {
  readonly #log: Log;
  state: StoreState = "founding";
  /** A sentence for people; empty when all is well. */
  detail = "";

  constructor(log: Log) {
    this.#log = log;
  }

  /** `cause`: the same for the log. */
  set(state: StoreState, detail: string, cause = detail): void {
    if (state !== this.state) logStoreState(this.#log, state, cause);
    this.state = state;
    this.detail = detail;
  }

  /** Takes an error of the store into account; anything else is thrown again. */
  trouble(error: unknown): RoundOutcome {
    if (!(error instanceof StoreError)) throw error;
    const { kind, message } = error;
    const { store, detail } = storeTrouble(error);
    this.set(store, detail, message);
    return kind === "full" ? "store_full" : kind === "unknown" ? "unknown" : "store_away";
  }
}

export function logStoreState(log: Log, state: StoreState, detail: string): void {
  if (state === "ok" || state === "founding") log.info(`the store is ${state}`, { detail: detail || undefined });
  else log.error(`the store is ${state}`, { detail });
}
