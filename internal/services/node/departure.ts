import { BrokenInvariant } from "../../core/invariant.ts";
import type { DirectoryWatch } from "../counter/directory_watch.ts";
import type { KnownLedger } from "../counter/known_ledger.ts";
import { Drain, type DrainReport } from "./drain.ts";
import type { FailStop } from "./fail_stop.ts";
import type { NodeCounting } from "./node_counting.ts";
import type { NodeDeps } from "./node_deps.ts";
import type { NodeLeading } from "./node_leading.ts";

export interface DepartureParts {
  readonly counting: NodeCounting;
  readonly leading: NodeLeading;
  readonly known: KnownLedger;
  /** Null: memory only. */
  readonly directory: DirectoryWatch | null;
  readonly failStop: FailStop;
  /** See `Node.keepsHits`. */
  readonly keepsHits: () => boolean;
}

/** Ends a node's parts, in the order in which they need each other. What becomes of its hits is for `Drain`. */
export class Departure {
  readonly #deps: NodeDeps;
  readonly #parts: DepartureParts;

  constructor(deps: NodeDeps, parts: DepartureParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** See `Node.drain`. */
  async leave(beforeRefusing: () => void): Promise<DrainReport> {
    const { counting, leading, known, directory, keepsHits } = this.#parts;
    const { logger, discovery } = this.#deps;
    logger.info("draining started", { pending: counting.heldLogs.pending });
    const handoff = await this.#drain(beforeRefusing);
    counting.endOffers();
    counting.days.stop();
    leading.stop();
    known.save();
    await discovery.withdraw();
    directory?.stop();
    const report = { ...handoff, kept: keepsHits() };
    if (report.left > 0) logger.error(leftWith(report), { hits: report.left });
    else logger.info("draining finished", { handedOver: report.handedOver || undefined });
    return report;
  }

  /** Drains. A halted node leaves at once: what it holds in memory cannot be trusted, and its journals are for the next process. */
  async #drain(beforeRefusing: () => void): Promise<Omit<DrainReport, "kept">> {
    const { counting, leading, failStop } = this.#parts;
    const { settings, ...deps } = this.#deps;
    const drain = new Drain({ ...deps, ...counting, leader: () => leading.current, settings: settings.drain });
    try {
      if (!failStop.halted) return await drain.run(beforeRefusing);
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      failStop.halt(error);
    }
    return { handedOver: 0, left: counting.heldLogs.pending };
  }
}

function leftWith({ kept }: DrainReport): string {
  const where = kept ? "they stay in the journal" : "no journal has them, and they are lost";
  return `draining ended with hits that are not committed; ${where}`;
}
