import type { Clock } from "../../ports/clock.ts";
import type { Lease } from "../../ports/election.ts";
import { InterruptibleSleep } from "./interruptible_sleep.ts";

/** Why a leader stopped leading. `unproductive`: it held the key and got nothing done; it should let another try. */
export type LeaderEnd = "resigned" | "superseded" | "unproductive";

/** A leader stops this long before its lease can end, in milliseconds. */
const MARGIN_MS = 500;
/** It never rests for longer than this part of its lease, so that a renewal may fail once. */
const RESTS_PER_LEASE = 3;

/** For how long a leader may lead: while it renews its lease, and until something ends it. Validity is measured on the monotonic clock. */
export class Leadership {
  readonly #lease: Lease;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #sleep = new InterruptibleSleep();
  #validUntil: number;
  #ended: LeaderEnd | null = null;
  #why = "";

  /** `failed` is told when the store could not be asked for a renewal. */
  constructor(lease: Lease, clock: Clock, failed: (error: unknown) => void) {
    this.#lease = lease;
    this.#clock = clock;
    this.#failed = failed;
    this.#validUntil = clock.monotonic() + lease.ttl - MARGIN_MS;
  }

  get ended(): LeaderEnd | null {
    return this.#ended;
  }

  /** In words, for the log. */
  get why(): string {
    return this.#why;
  }

  end(how: LeaderEnd, why: string): void {
    if (this.#ended === null) this.#why = why;
    this.#ended ??= how;
    this.#sleep.wake();
  }

  /** Whether the leader may still act. */
  holds(): boolean {
    if (this.#clock.monotonic() >= this.#validUntil) this.end("superseded", "could not renew its lease in time");
    return this.#ended === null;
  }

  /** Renewing is part of the round: a leader whose rounds are stuck loses its lease (H21). */
  async renew(): Promise<boolean> {
    const asked = this.#clock.monotonic();
    try {
      if (await this.#lease.renew()) this.#validUntil = asked + this.#lease.ttl - MARGIN_MS;
      else this.end("superseded", "its lease ran out");
    } catch (error) {
      this.#failed(error);
    }
    return this.holds();
  }

  /** Until the next round is due. Intervals may be longer than the lease, which this loop alone renews: one that is stuck loses it (H21). */
  async rest(until: number): Promise<void> {
    const longest = this.#lease.ttl / RESTS_PER_LEASE;
    for (let left = until - this.#clock.monotonic(); left > 0 && !this.#ended; left = until - this.#clock.monotonic()) {
      await this.#sleep.sleep(Math.min(left, longest), this.#clock);
      if (left > longest && !this.#ended) await this.renew();
    }
  }
}
