import type { SourceId } from "../../core/log/batch.ts";

/** A message with this many bytes takes no more parts. Peers accept 16 MiB, and the last part may itself have some MiB. */
const BUDGET_BYTES = 2 << 20;

/** The parts of one message: at least one, and then more until the message is full. */
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

  /** Takes parts, in order, until the message is full. */
  take(parts: Iterable<T>): void {
    for (const part of parts) {
      if (this.full) return;
      this.parts.push(part);
      this.#bytes += this.#sizeOf(part);
    }
  }
}

/** The order of logs when not all fit into one message. A served log goes to the end, so that none waits forever. */
export class RoundRobin {
  readonly #queue = new Set<SourceId>();

  /** All of `logs`; those that have waited longest come first. */
  inOrder<L>(logs: ReadonlyMap<SourceId, L>): L[] {
    for (const id of this.#queue) if (!logs.has(id)) this.#queue.delete(id);
    for (const id of logs.keys()) this.#queue.add(id);
    return [...this.#queue].map((id) => logs.get(id) as L);
  }

  /** Call when a log had its turn. */
  served(id: SourceId): void {
    this.#queue.delete(id);
    this.#queue.add(id);
  }
}
