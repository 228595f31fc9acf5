import type { LedgerPosition, LedgerRef } from "../../core/log/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import { type DataDirectory, JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";

/** Shortest time between two writes of the same ledger's version. It helps to recognise a restored store; no hit depends on it. */
const WRITE_INTERVAL_MS = 10_000;

/** The newest ledger that this node has seen, in this process or, by its data directory, in earlier ones. */
export class KnownLedger {
  readonly #directory: DataDirectory | null;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #writtenAt = Number.NEGATIVE_INFINITY;
  ref: LedgerPosition | null = null;

  constructor(directory: DataDirectory | null, clock: Clock, logger: Logger) {
    this.#directory = directory;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Reads it from the data directory. `firstOffers`: those of recovered logs, which name a ledger, too. */
  open(firstOffers: readonly LedgerRef[]): void {
    const offered = firstOffers[0] ? { id: firstOffers[0].id, version: 0, writer: "" } : null;
    this.ref = this.#directory?.knownLedger() ?? offered;
  }

  /** Call for each adopted snapshot. */
  learn(ledger: LedgerPosition): void {
    const isOther = this.ref?.id !== ledger.id;
    this.ref = ledger;
    if (isOther || this.#clock.monotonic() - this.#writtenAt >= WRITE_INTERVAL_MS) this.save();
  }

  /** Writes it to the data directory now. A failure is logged. */
  save(): void {
    if (!this.ref) return;
    this.#writtenAt = this.#clock.monotonic();
    try {
      this.#directory?.recordKnownLedger(this.ref);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.#logger.warn("newest ledger could not be recorded in the data directory", { error: error.message });
    }
  }
}
