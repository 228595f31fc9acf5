import type { Clock } from "../../ports/clock.ts";
import type { Lease } from "../../ports/election.ts";
import { InterruptibleSleep } from "./interruptible_sleep.ts";

/** Why a leadership ended. `superseded`: the lease was lost, perhaps to another leader. `unproductive`: it got nothing done, and lets another node try. */
export type LeaderEnd = "resigned" | "superseded" | "unproductive";

/** A leader stops this long before its lease can end. */
const MARGIN_MS = 500;
/** A lease has room for this many rests, so that one renewal may fail. */
const RESTS_PER_LEASE = 3;

/**
 * How long a leader may lead: while it renews its lease, and until something ends the leadership.
 * Invariant: `#validUntil` is before the lease's end, because it counts from when the renewal was asked for, on the monotonic clock.
 */
export class Leadership {
  readonly #lease: Lease;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #sleep = new InterruptibleSleep();
  #validUntil: number;
  #renewedAt: number;
  #ended: LeaderEnd | null = null;
  #why = "";

  /** `failed` is called with the error if the store could not be asked for a renewal. */
  constructor(lease: Lease, clock: Clock, failed: (error: unknown) => void) {
    this.#lease = lease;
    this.#clock = clock;
    this.#failed = failed;
    this.#renewedAt = clock.monotonic();
    this.#validUntil = this.#renewedAt + lease.ttl - MARGIN_MS;
  }

  get ended(): LeaderEnd | null {
    return this.#ended;
  }

  /** Why it ended, in words, for the log line. */
  get why(): string {
    return this.#why;
  }

  /** Ends the leadership; the first reason stays. */
  end(how: LeaderEnd, why: string): void {
    if (this.#ended === null) this.#why = why;
    this.#ended ??= how;
    this.#sleep.wake();
  }

  /** Whether the leader may still act. Ends the leadership if the lease may have run out. */
  holds(): boolean {
    if (this.#clock.monotonic() >= this.#validUntil) this.end("superseded", "could not renew its lease in time");
    return this.#ended === null;
  }

  /** Renews the lease; false once the leadership has ended. This is part of the round, so that a leader whose rounds hang loses its lease (H21). */
  async renew(): Promise<boolean> {
    const asked = this.#clock.monotonic();
    this.#renewedAt = asked;
    try {
      if (await this.#lease.renew()) this.#validUntil = asked + this.#lease.ttl - MARGIN_MS;
      else this.end("superseded", "its lease ran out");
    } catch (error) {
      this.#failed(error);
    }
    return this.holds();
  }

  /** Renews the lease if a rest has gone by since the last time; false once the leadership has ended. */
  async keep(): Promise<boolean> {
    const isDue = this.#clock.monotonic() - this.#renewedAt >= this.#lease.ttl / RESTS_PER_LEASE;
    return isDue ? this.renew() : this.holds();
  }

  /** Lets `rest` ask again until when it should last. */
  wake(): void {
    this.#sleep.wake();
  }

  /** Sleeps until the next round is due. An interval may be longer than the lease, so this loop renews it, too (H21). */
  async rest(until: () => number): Promise<void> {
    const longest = this.#lease.ttl / RESTS_PER_LEASE;
    const now = () => this.#clock.monotonic();
    for (let left = until() - now(); left > 0 && !this.#ended; left = until() - now()) {
      await this.#sleep.sleep(Math.min(left, longest), this.#clock);
      if (left > longest && !this.#ended) await this.renew();
    }
  }
}
