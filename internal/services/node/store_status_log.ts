import type { ClusterView } from "../../core/cluster/cluster_view.ts";
import type { Logger } from "../../ports/logger.ts";
import { logStoreState } from "../leader/store_status.ts";

/** Logs changes of the store's state on nodes that do not lead. The leader logs them itself, but perhaps in another terminal. */
export class StoreStatusLog {
  readonly #logger: Logger;
  #reported: ClusterView["store"] = "unknown";

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Call whenever the state may have changed. `leading`: this node leads, so its leader has logged it. */
  heard(state: ClusterView["store"], detail: string, leading: boolean): void {
    // Each leader begins with founding, even if there is a ledger.
    if (state === this.#reported || state === "unknown" || state === "founding") return;
    const well = this.#reported === "unknown" && state === "ok";
    this.#reported = state;
    if (!leading && !well) logStoreState(this.#logger, state, detail);
  }
}
