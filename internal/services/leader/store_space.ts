import { NO_NEW_COUNTERS_FROM } from "../../core/ledger/ledger_size.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Meter } from "../../ports/meter.ts";
import type { Store } from "../../ports/store.ts";

const MEASURE_EVERY_MS = 10_000;
const MEASURE_AFTER_FAILURE_MS = 60_000;

/**
 * How full the store is, for the leader. A store without space refuses everything that puts, so not even deleting could relieve it. Its
 * growth ends before: from NO_NEW_COUNTERS_FROM on, no node gets room for new counters. Hits of existing ones are counted as always.
 */
export class StoreSpace {
  readonly #store: Pick<Store, "usedShare">;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #meter: Meter;
  #measureAt = Number.NEGATIVE_INFINITY;
  /** Null while the store cannot tell. */
  #used: number | null = null;

  constructor({ store, clock, logger, meter }: { store: Store; clock: Clock; logger: Logger; meter: Meter }) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#meter = meter;
  }

  get admitsCounters(): boolean {
    return this.#used === null || this.#used < NO_NEW_COUNTERS_FROM;
  }

  /** A sentence for people; empty while there is space. */
  get detail(): string {
    if (this.admitsCounters) return "";
    return `The store is ${Math.floor(100 * (this.#used ?? 0))}% full. Existing counters go on; new ones are refused until it has more space.`;
  }

  /** Asks the store, unless it was asked a short time ago. Returns at once: the answer counts from when it is there. */
  measure(): void {
    if (this.#clock.monotonic() < this.#measureAt) return;
    this.#measureAt = Number.POSITIVE_INFINITY;
    void this.#measured().then((pause) => {
      this.#measureAt = this.#clock.monotonic() + pause;
    });
  }

  /** Milliseconds until the next measurement. */
  async #measured(): Promise<number> {
    try {
      this.#learned(await this.#store.usedShare());
      return MEASURE_EVERY_MS;
    } catch {
      // A store that is away is reported by rounds. What was known of its space stays.
      return MEASURE_AFTER_FAILURE_MS;
    }
  }

  #learned(used: number | null): void {
    const before = this.admitsCounters;
    this.#used = used;
    this.#meter.storeUsed(used);
    if (before === this.admitsCounters) return;
    if (before) this.#logger.error("the store is nearly full; new counters are refused", { used });
    else this.#logger.info("the store has space again; new counters are admitted", { used });
  }
}
