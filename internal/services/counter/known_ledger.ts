import type { LedgerPosition, LedgerRef } from "../../core/log/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import { type DataDirectory, JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";

/** The same ledger's version is written at most this often, in milliseconds: it only dates a restored store, no hit depends on it. */
const WRITE_INTERVAL_MS = 10_000;

/** The newest ledger that this node has seen, in this life or, as far as its data directory tells, in earlier ones. */
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

  /** `notes`: the ledgers that recovered logs were offered to. */
  open(notes: readonly LedgerRef[]): void {
    const noted = notes[0] ? { id: notes[0].id, version: 0, writer: "" } : null;
    this.ref = this.#directory?.knownLedger() ?? noted;
  }

  learn(ledger: LedgerPosition): void {
    const isOther = this.ref?.id !== ledger.id;
    this.ref = ledger;
    if (isOther || this.#clock.monotonic() - this.#writtenAt >= WRITE_INTERVAL_MS) this.save();
  }

  /** Writes it down now. */
  save(): void {
    if (!this.ref) return;
    this.#writtenAt = this.#clock.monotonic();
    try {
      this.#directory?.recordKnownLedger(this.ref);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.#logger.warn("the newest ledger cannot be written down", { error: error.message });
    }
  }
}
