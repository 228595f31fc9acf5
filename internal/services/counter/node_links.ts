import type { LedgerChange } from "../../core/ledger/snapshot.ts";
import type { Links } from "../../core/links/links.ts";

/** The links of the version that this node shows (docs/protocol.md, Links). */
export class NodeLinks {
  /** Null before the first snapshot. */
  shown: Links | null = null;

  /** Takes what an adopted snapshot says. Of everything, absent means none; of a change, that nothing changed. */
  adopt({ since, links }: Pick<LedgerChange, "since" | "links">): void {
    if (links !== undefined) this.shown = links;
    else if (since === null) this.shown = new Map();
  }
}
