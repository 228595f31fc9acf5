import type { LogTail } from "../../core/log/batch.ts";
import { JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { HandoffReply } from "../../ports/peers.ts";
import type { HeldLogs } from "../counter/held_logs.ts";
import type { KnownLedger } from "../counter/known_ledger.ts";
import type { FailStop } from "./fail_stop.ts";

export interface HandoffReceiverDeps {
  readonly heldLogs: HeldLogs;
  readonly known: KnownLedger;
  readonly logger: Logger;
  readonly failStop: FailStop;
  /** Whether this node has a data directory: what is taken must survive its process. */
  readonly hasDirectory: boolean;
  readonly draining: () => boolean;
}

/** Takes over the tails of nodes that leave while nobody commits (docs/protocol.md, Drain). */
export class HandoffReceiver {
  readonly #deps: HandoffReceiverDeps;

  constructor(deps: HandoffReceiverDeps) {
    this.#deps = deps;
  }

  /** Says yes only once all of `tails` are on this node's disk. `from`: id of the node that leaves. */
  accept(from: string, tails: readonly LogTail[]): HandoffReply {
    const { failStop, logger } = this.#deps;
    const reason = this.#whyNot(tails);
    if (reason !== null) return { taken: false, reason };
    const reply = failStop.guard(() => this.#carry(tails), { taken: false, reason: "this node halted" });
    if (reply.taken) logger.info("hits of a leaving node taken over", { node: from, logs: tails.length });
    return reply;
  }

  #whyNot(tails: readonly LogTail[]): string | null {
    if (this.#deps.draining()) return "this node is draining, too";
    if (this.#deps.failStop.halted) return "this node halted";
    if (!this.#deps.hasDirectory) return "this node has no data directory to keep them in";
    const known = this.#deps.known.ref;
    if (!known) return "this node has not heard of any ledger yet";
    const foreign = tails.find(({ firstOffer }) => firstOffer.id !== known.id);
    return foreign ? `they belong to ledger ${foreign.firstOffer.id}, this node counts for ${known.id}` : null;
  }

  #carry(tails: readonly LogTail[]): HandoffReply {
    try {
      for (const tail of tails) this.#deps.heldLogs.carry(tail);
      return { taken: true };
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return { taken: false, reason: error.message };
    }
  }
}
