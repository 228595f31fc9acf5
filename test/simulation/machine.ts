import type { LedgerPosition } from "../../internal/core/log/batch.ts";
import type { Node } from "../../internal/services/node/node.ts";
import type { SimDisk } from "./sim_disk.ts";
import type { SimClock, SimProcess } from "./world.ts";

/** A machine: it has an address and perhaps a disk, and runs node processes one after the other. */
export interface Machine {
  readonly name: string;
  readonly region: string;
  /** Another one is put in its place when a copy is brought back. */
  disk: SimDisk | null;
  life: Life | null;
  /** Hits that the last node which drained here left on the disk. */
  left: number;
}

/** One process of a node. */
export interface Life {
  readonly process: SimProcess;
  readonly node: Node;
  readonly clock: SimClock;
  draining: boolean;
}

/** The version of the ledger that this process shows; null before its first snapshot. */
export function adoptedBy({ node }: Life): LedgerPosition | null {
  return node.cluster().ledger && (node.getStatus().known as LedgerPosition);
}
