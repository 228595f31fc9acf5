import { endOf, type LogTail } from "../../core/log/batch.ts";
import { JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { HandoffReply } from "../../ports/peers.ts";
import type { Counters } from "../counter/counters.ts";
import type { HeldLogs } from "../counter/held_logs.ts";
import type { KnownLedger } from "../counter/known_ledger.ts";
import type { FailStop } from "./fail_stop.ts";

export interface HandoffReceiverDeps {
  readonly heldLogs: HeldLogs;
  readonly known: KnownLedger;
  readonly logger: Logger;
  readonly failStop: FailStop;
  readonly counters: Pick<Counters, "get">;
  /** Largest number of counters in the ledger. */
  readonly maxCounters: number;
  /** Whether this node has a data directory: what is taken must survive its process. */
  readonly hasDirectory: boolean;
  readonly draining: () => boolean;
}

/** Hits of one hand-over from a node without a certificate: what a thousand requests could count anyway. */
const MAX_PLAIN_HITS = 1_000_000_000;

/** Takes over the tails of nodes that leave while nobody commits (docs/protocol.md, Drain). */
export class HandoffReceiver {
  readonly #deps: HandoffReceiverDeps;

  constructor(deps: HandoffReceiverDeps) {
    this.#deps = deps;
  }

  /** Says yes only once all of `tails` are on this node's disk. `from`: id of the node that leaves. */
  accept(from: string, tails: readonly LogTail[], authenticated: boolean): HandoffReply {
    const { failStop, logger } = this.#deps;
    const reason =
      this.#whyNot(tails) ?? this.#whyTooMuch(tails) ?? (authenticated ? null : this.#whyNotPlausible(tails));
    if (reason !== null)
      logger.warn("refused the hits of a leaving node", { node: from, logs: tails.length, why: reason });
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

  /** New counters have a limit where their first hit is taken. What is handed over must not get around it. */
  #whyTooMuch(tails: readonly LogTail[]): string | null {
    const { heldLogs, counters, maxCounters } = this.#deps;
    const carried = [...heldLogs.carried.values()].flatMap(({ log }) => log.segments);
    const segments = [...carried, ...tails.flatMap((tail) => tail.segments)];
    const names = new Set(segments.flatMap(({ counts }) => [...counts.keys()]));
    const unknown = [...names].filter((name) => !counters.get(name)?.regions.size).length;
    return unknown > maxCounters ? `their ${unknown} new counters are over the limit of ${maxCounters}` : null;
  }

  /** Without certificates anybody on this machine may be the node that leaves. An honest one keeps in its journal what is refused here. */
  #whyNotPlausible(tails: readonly LogTail[]): string | null {
    const version = this.#deps.known.ref?.version ?? 0;
    const ahead = tails.find(({ firstOffer }) => firstOffer.version > version);
    if (ahead)
      return `one was first offered to version ${ahead.firstOffer.version}, this node has heard of version ${version}`;
    const hits = tails.reduce((sum, tail) => sum + endOf(tail) - tail.shown, 0);
    return hits > MAX_PLAIN_HITS ? `without certificates, at most ${MAX_PLAIN_HITS} hits are taken, not ${hits}` : null;
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
