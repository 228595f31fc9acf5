import type { ClusterView } from "../../core/cluster/cluster_view.ts";
import type { Log } from "../../ports/logger.ts";
import { logStoreState } from "../leader/store_status.ts";

/** Logs how the store does on nodes that do not lead: the leader, which says so itself, may be in another terminal. */
export class StoreNews {
  readonly #log: Log;
  #told: ClusterView["store"] = "unknown";

  constructor(log: Log) {
    this.#log = log;
  }

  /** Call whenever it may have changed. `leading`: the leader here has said it. */
  heard(state: ClusterView["store"], detail: string, leading: boolean): void {
    // Each leader begins with founding, also where there is a ledger.
    if (state === this.#told || state === "unknown" || state === "founding") return;
    const well = this.#told === "unknown" && state === "ok";
    this.#told = state;
    if (!leading && !well) logStoreState(this.#log, state, detail);
  }
}
