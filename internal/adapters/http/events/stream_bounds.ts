import type { Capacity } from "../connections/capacity.ts";
import { Problem } from "../problem.ts";
import { tooManyStreams, tooManyStreamsOfAddress } from "../problems.ts";

/** Streams of one address. Behind a proxy that is not in --trusted-proxies, all readers have one. */
const MAX_PER_ADDRESS = 1_000;
/** Bytes that all readers together have not taken yet, at most. Those that are slow are then dropped. */
const MAX_UNSENT_BYTES = 32 << 20;

/** What readers of event streams may take of a node. */
export class StreamBounds {
  readonly #capacity: Capacity;
  readonly #byAddress = new Map<string, number>();
  readonly #maxUnsentBytes: number;
  #open = 0;
  #unsentBytes = 0;

  constructor(capacity: Capacity, maxUnsentBytes = MAX_UNSENT_BYTES) {
    this.#capacity = capacity;
    this.#maxUnsentBytes = maxUnsentBytes;
  }

  get open(): number {
    return this.#open;
  }

  /**
   * Takes a place for a stream; returns what gives it back. `address`: the reader's; null: it has a token, so it is not limited by it. Throws Problem if there is
   * none.
   */
  take(address: string | null): () => void {
    if (this.#open >= this.#capacity.streams || this.#isOverBytes) throw new Problem(tooManyStreams(this.#capacity));
    const ofAddress = address === null ? 0 : (this.#byAddress.get(address) ?? 0);
    if (ofAddress >= MAX_PER_ADDRESS) throw new Problem(tooManyStreamsOfAddress(MAX_PER_ADDRESS));
    this.#change(address, 1);
    return () => this.#change(address, -1);
  }

  /** Call before each round of messages, and then `mayKeep` for each reader. */
  forgetBytes(): void {
    this.#unsentBytes = 0;
  }

  /** Whether a reader that has not taken this many bytes may stay. */
  mayKeep(unsentBytes: number): boolean {
    this.#unsentBytes += unsentBytes;
    if (unsentBytes === 0 || !this.#isOverBytes) return true;
    this.#unsentBytes -= unsentBytes;
    return false;
  }

  get #isOverBytes(): boolean {
    return this.#unsentBytes > this.#maxUnsentBytes;
  }

  #change(address: string | null, by: 1 | -1): void {
    this.#open += by;
    if (address === null) return;
    const ofAddress = (this.#byAddress.get(address) ?? 0) + by;
    if (ofAddress === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, ofAddress);
  }
}
