/** How often something may happen: `burst` times at once, and then once in `intervalMs` milliseconds. */
export interface Rate {
  readonly burst: number;
  readonly intervalMs: number;
}

export interface Rates {
  readonly perAddress: Rate;
  /** Of all addresses together. */
  readonly inAll: Rate;
}

/** Addresses that a limiter remembers at most. */
export const MAX_ADDRESSES = 100_000;

/**
 * Limits how often something happens, by address and in all.
 *
 * The generic cell rate algorithm (ITU-T I.371): one number for each address, the time at which its whole burst is free again. Libraries for
 * this keep an object and a timer for each address, and any number of addresses.
 */
export class RateLimiter {
  readonly #rates: Rates;
  readonly #size: number;
  /** When the burst is free again, by address. Addresses move from `#recent` to `#older` together, and then out. */
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  #inAll = 0;

  constructor(rates: Rates, maxAddresses = MAX_ADDRESSES) {
    this.#rates = rates;
    this.#size = maxAddresses / 2;
  }

  /**
   * Takes one of what `address` may do. Returns 0, or the milliseconds until the next one is free; then nothing was taken.
   *
   * @param now milliseconds on a clock that never steps.
   */
  take(address: string, now: number): number {
    const { perAddress, inAll } = this.#rates;
    const free = this.#recent.get(address) ?? this.#older.get(address) ?? 0;
    // An address that has to wait takes nothing from the others.
    const wait = waitFor(perAddress, free, now) || waitFor(inAll, this.#inAll, now);
    if (wait > 0) return wait;
    this.#remember(address, Math.max(free, now) + perAddress.intervalMs);
    this.#inAll = Math.max(this.#inAll, now) + inAll.intervalMs;
    return 0;
  }

  /** Number of addresses that are remembered. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  #remember(address: string, free: number): void {
    if (this.#recent.size >= this.#size && !this.#recent.has(address)) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#older.delete(address);
    this.#recent.set(address, free);
  }
}

function waitFor({ burst, intervalMs }: Rate, free: number, now: number): number {
  return Math.max(0, free - now - (burst - 1) * intervalMs);
}
