import type { LedgerRef } from "../../core/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import { type DataDirectory, JournalError } from "../../ports/journal.ts";
import type { Log } from "../../ports/log.ts";

/** The same ledger's version is written at most this often, in milliseconds: it only dates a restored store, no hit depends on it. */
const WRITE_EVERY = 10_000;

/** The newest ledger that this node has seen, in this life or, as far as its data directory tells, in earlier ones. */
export class KnownLedger {
  readonly #directory: DataDirectory | null;
  readonly #clock: Clock;
  readonly #log: Log;
  #writtenAt = Number.NEGATIVE_INFINITY;
  ref: LedgerRef | null = null;

  constructor(directory: DataDirectory | null, clock: Clock, log: Log) {
    this.#directory = directory;
    this.#clock = clock;
    this.#log = log;
  }

  /** `notes`: the ledgers that recovered logs were offered to. */
  open(notes: readonly LedgerRef[]): void {
    this.ref = this.#directory?.knownLedger() ?? notes[0] ?? null;
    for (const note of notes) if (note.id === this.ref?.id && note.version > this.ref.version) this.ref = note;
  }

  learn(ledger: LedgerRef): void {
    const isOther = this.ref?.id !== ledger.id;
    this.ref = ledger;
    if (isOther || this.#clock.monotonic() - this.#writtenAt >= WRITE_EVERY) this.save();
  }

  /** Writes it down now. */
  save(): void {
    if (!this.ref) return;
    this.#writtenAt = this.#clock.monotonic();
    try {
      this.#directory?.noteKnownLedger(this.ref);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.#log.warn("the newest ledger cannot be written down", { error: error.message });
    }
  }
}
