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
  /** Runs an action that may find a broken invariant. */
  readonly guard: (action: () => void) => void;
  /** Called when the directory is found missing, and when it is back. */
  readonly changed: () => void;
}

/** Hits acknowledged within this time before a directory is found missing are in memory only, and `kill -9` loses them. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * Notices that the data directory, or a file in it, was deleted, moved or replaced under this process: writes to a deleted file succeed.
 *
 * W1 From then on no hit is acknowledged: the own log ends, and `HeldLogs` begins no other one.
 * W2 What is held goes on being offered and sealed. It is written into the old files: if they were only moved, they stay true.
 * W3 Hits are taken again only after every log held here has a journal in the new directory.
 */
export class DirectoryWatch {
  readonly #deps: DirectoryWatchDeps;
  /** What is missing, as a sentence for people; null: nothing. */
  missing: string | null = null;
  /** How often something was found missing in this life. */
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

  /** Looks now, and makes what is missing anew. */
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
    logger.error("data directory is missing; hits are refused until it could be made anew", { missing });
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
    logger.warn("data directory was made anew; hits are taken again", { rewritten: heldLogs.pending });
    changed();
  }

  /** It is tried each second: only another reason is another line. */
  #report(error: string): void {
    const { heldLogs, logger } = this.#deps;
    heldLogs.journalErrors++;
    if (error !== this.#reported)
      logger.error("data directory cannot be made anew; trying again each second", { error });
    this.#reported = error;
  }
}
