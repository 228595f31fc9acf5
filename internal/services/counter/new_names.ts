import { invariant } from "../../core/invariant.ts";
import { sizeOfNewCounter } from "../../core/ledger/counter_total.ts";
import type { Share } from "../../core/ledger/snapshot.ts";

/**
 * A node's share before it has heard of all counters. It is small: a thousand nodes may use it at once, and their counters must still fit
 * the ledger.
 */
const FIRST_SHARE: Share = { counters: 16, bytes: 1024 };

/**
 * The counters that this node introduced and no snapshot has yet. Each uses a place in the node's share of the ledger's free room, because
 * only the leader knows how large the ledger is (`core/ledger/ledger_size.ts`). Reserved names need no place: shares leave their room out.
 */
export class NewNames {
  readonly #region: string;
  readonly #reserved: ReadonlySet<string>;
  /** Bytes of each. */
  readonly #introduced = new Map<string, number>();
  /** Invariant: the sum over `#introduced`. */
  #bytes = 0;
  /** How many hits and visitors that wait hold each place. */
  readonly #held = new Map<string, number>();
  #share = FIRST_SHARE;

  /** `region`: where this node's own hits are counted. `reserved`: counters that need no place. */
  constructor(region: string, reserved: ReadonlySet<string>) {
    this.#region = region;
    this.#reserved = reserved;
  }

  has(counter: string): boolean {
    return this.#introduced.has(counter);
  }

  /** Whether a counter that does not exist may be introduced, or was. */
  admits(counter: string): boolean {
    if (this.#introduced.has(counter) || this.#reserved.has(counter)) return true;
    const bytes = sizeOfNewCounter(counter, this.#region);
    return this.#introduced.size < this.#share.counters && this.#bytes + bytes <= this.#share.bytes;
  }

  add(counter: string): void {
    if (this.#reserved.has(counter) || this.#introduced.has(counter)) return;
    const bytes = sizeOfNewCounter(counter, this.#region);
    this.#introduced.set(counter, bytes);
    this.#bytes += bytes;
  }

  /** Adds a counter for a hit or a visitor that waits. */
  hold(counter: string): void {
    this.add(counter);
    this.#held.set(counter, (this.#held.get(counter) ?? 0) + 1);
  }

  /** Call once for each `hold`. Returns whether nobody else holds the counter's place. */
  release(counter: string): boolean {
    const left = (this.#held.get(counter) ?? 0) - 1;
    invariant(left >= 0, "a place that is given back was held", counter, left);
    if (left > 0) this.#held.set(counter, left);
    else this.#held.delete(counter);
    return left === 0;
  }

  /** The counter exists, or nobody is left who could create it: its place is free. */
  delete(counter: string): void {
    this.#bytes -= this.#introduced.get(counter) ?? 0;
    this.#introduced.delete(counter);
  }

  /** `complete`: whether the node has heard of all counters. If not, counters that exist use places, too. */
  share({ counters, bytes }: Share, complete: boolean): void {
    const least = complete ? { counters: 0, bytes: 0 } : FIRST_SHARE;
    this.#share = { counters: Math.max(counters, least.counters), bytes: Math.max(bytes, least.bytes) };
  }
}
