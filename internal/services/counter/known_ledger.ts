import type { Sighting } from "../../core/batch.ts";
import { UNKNOWN_VERSION } from "../../core/standing.ts";
import type { Clock } from "../../ports/clock.ts";
import { type DataDirectory, JournalError, type RecoveredLog } from "../../ports/journal.ts";
import type { Log } from "../../ports/log.ts";

/** The same ledger's version is written at most this often, in milliseconds: it only dates a restored store, no hit depends on it. */
const WRITE_EVERY = 10_000;

/** The newest ledger that this node has seen, in this life or, as far as its data directory tells, in earlier ones. */
export class KnownLedger {
  readonly #directory: DataDirectory | null;
  readonly #clock: Clock;
  readonly #log: Log;
  #writtenAt = Number.NEGATIVE_INFINITY;
  ref: Sighting | null = null;

  constructor(directory: DataDirectory | null, clock: Clock, log: Log) {
    this.#directory = directory;
    this.#clock = clock;
    this.#log = log;
  }

  /** `logs`: those that were recovered, with the ledgers that they were offered to and that covered a part of them. */
  open(logs: readonly Pick<RecoveredLog, "note" | "shownIn">[]): void {
    const note = logs.find((log) => log.note !== null)?.note;
    this.ref = this.#directory?.knownLedger() ?? (note ? { id: note.id, version: UNKNOWN_VERSION, writer: "" } : null);
    for (const { shownIn } of logs) if (shownIn && shownIn.id === this.ref?.id) this.learn(shownIn);
  }

  /** Of one ledger only later versions are news. */
  learn(ledger: Sighting): void {
    const before = this.ref?.id === ledger.id ? this.ref : null;
    if (before && ledger.version < before.version) return;
    this.ref = ledger;
    if (!before || this.#clock.monotonic() - this.#writtenAt >= WRITE_EVERY) this.save();
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
