import type { Clock } from "../../ports/clock.ts";
import { type DataDirectory, JournalError } from "../../ports/journal.ts";
import type { Logger } from "../../ports/logger.ts";
import type { HeldLogs } from "./held_logs.ts";
import type { KnownLedger } from "./known_ledger.ts";

export interface DirectoryWatchDeps {
  readonly directory: DataDirectory;
  readonly heldLogs: HeldLogs;
  readonly known: KnownLedger;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Runs `action`, and halts the node if it finds a broken invariant. */
  readonly guard: (action: () => void) => void;
  /** Called when the directory is found missing, and when it is back. */
  readonly changed: () => void;
}

/** Time between two checks. Hits acknowledged since the directory went missing are only in memory, and `kill -9` loses them. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * Detects that the data directory, or a file in it, was deleted, moved or replaced under this process. Nothing else does: writes to a deleted
 * file succeed.
 *
 * - W1 While it is missing no hit is acknowledged: the own log is closed, and `HeldLogs` begins no other one.
 * - W2 Held logs are still offered and sealed. The old files are written, too: if they were only moved, they stay complete.
 * - W3 Hits are taken again only after every held log has a journal in the new directory.
 */
export class DirectoryWatch {
  readonly #deps: DirectoryWatchDeps;
  /** What is missing, as a sentence for people; null if nothing is. */
  missing: string | null = null;
  /** Times that this process found something missing. */
  losses = 0;
  #reported = "";
  #cancel = () => {};

  constructor(deps: DirectoryWatchDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock, guard } = this.#deps;
    this.#cancel = clock.after(CHECK_INTERVAL_MS, () => {
      this.start();
      guard(() => this.check());
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** Checks now, and creates what is missing. */
  check(): void {
    const missing = this.#deps.directory.missing();
    if (missing !== null && this.missing === null) this.#refuseHits(missing);
    if (this.missing !== null) this.#renew();
  }

  #refuseHits(missing: string): void {
    const { heldLogs, logger, changed } = this.#deps;
    this.missing = missing;
    this.losses++;
    this.#reported = "";
    heldLogs.suspend(missing);
    logger.error("data directory is missing; hits are refused until it is created again", { missing });
    changed();
  }

  #renew(): void {
    const { directory, heldLogs, known, logger, changed } = this.#deps;
    try {
      directory.renew();
      heldLogs.rewriteJournals();
      const missing = directory.missing();
      if (missing !== null) throw new JournalError(missing, true);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return this.#report(error.message);
    }
    this.missing = null;
    heldLogs.resume();
    known.save();
    logger.warn("data directory was created again; hits are accepted", { rewritten: heldLogs.pending });
    changed();
  }

  /** Logs why it failed, once for each reason in a row: it is tried each second. */
  #report(error: string): void {
    const { heldLogs, logger } = this.#deps;
    heldLogs.journalErrors++;
    if (error !== this.#reported)
      logger.error("data directory could not be created again; will retry each second", { error });
    this.#reported = error;
  }
}
