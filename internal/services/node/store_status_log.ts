import type { ClusterView } from "../../core/cluster/cluster_view.ts";
import type { Logger } from "../../ports/logger.ts";
import { logStoreState } from "../leader/store_status.ts";

/** Logs how the store does on nodes that do not lead: the leader, which says so itself, may be in another terminal. */
export class StoreStatusLog {
  readonly #logger: Logger;
  #reported: ClusterView["store"] = "unknown";

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Call whenever it may have changed. `leading`: the leader here has said it. */
  heard(state: ClusterView["store"], detail: string, leading: boolean): void {
    // Each leader begins with founding, also where there is a ledger.
    if (state === this.#reported || state === "unknown" || state === "founding") return;
    const well = this.#reported === "unknown" && state === "ok";
    this.#reported = state;
    if (!leading && !well) logStoreState(this.#logger, state, detail);
  }
}
