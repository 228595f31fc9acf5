import type { SourceId } from "../../core/log/batch.ts";

/** A message of logs takes no more once it has this much, in bytes: peers take 16 MiB, and what is added last may be some MiB of its own. */
const BUDGET_BYTES = 2 << 20;

/** What goes into one message: something in any case, and then whatever comes until it is enough. */
export class MessageBudget<T> {
  readonly parts: T[] = [];
  readonly #sizeOf: (part: T) => number;
  #bytes = 0;

  constructor(sizeOf: (part: T) => number) {
    this.#sizeOf = sizeOf;
  }

  get full(): boolean {
    return this.#bytes >= BUDGET_BYTES;
  }

  /** Takes the first of `parts` until it is full. */
  take(parts: Iterable<T>): void {
    for (const part of parts) {
      if (this.full) return;
      this.parts.push(part);
      this.#bytes += this.#sizeOf(part);
    }
  }
}

/** Whose turn it is when not all logs fit into one message: whoever had one goes to the end, so that none waits for ever. */
export class RoundRobin {
  readonly #queue = new Set<SourceId>();

  /** All of `logs`, those first that have waited longest. */
  inOrder<L>(logs: ReadonlyMap<SourceId, L>): L[] {
    for (const id of this.#queue) if (!logs.has(id)) this.#queue.delete(id);
    for (const id of logs.keys()) this.#queue.add(id);
    return [...this.#queue].map((id) => logs.get(id) as L);
  }

  served(id: SourceId): void {
    this.#queue.delete(id);
    this.#queue.add(id);
  }
}
