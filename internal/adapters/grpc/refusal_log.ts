import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";

/** The same peer and reason are logged once in this time. */
const REPEAT_MS = 60_000;
/** Lines in that time. An attacker may have many addresses, and the log must not fill the disk. */
const MAX_LINES = 20;

/** Logs refused peers, without letting them fill the log. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #since = 0;
  #lines = new Set<string>();
  #unsaid = 0;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  refused(address: string | undefined, why: string): void {
    this.#begin();
    // A date in a reason must not make each attempt a new one.
    const line = `${address} ${why.replaceAll(/\d/g, "")}`;
    if (this.#lines.has(line)) return;
    if (this.#lines.size >= MAX_LINES) this.#unsaid++;
    else {
      this.#lines.add(line);
      this.#logger.warn("refused a peer's connection", { address, why });
    }
  }

  #begin(): void {
    const now = this.#clock.monotonic();
    if (now - this.#since < REPEAT_MS) return;
    if (this.#unsaid > 0) this.#logger.warn("refused more peers' connections", { connections: this.#unsaid });
    this.#since = now;
    this.#lines = new Set();
    this.#unsaid = 0;
  }
}
