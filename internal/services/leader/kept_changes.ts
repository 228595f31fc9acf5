import { invariant } from "../../core/invariant.ts";
import type { LedgerPosition } from "../../core/log/batch.ts";

/** Names of counters that are kept, in bytes: a node that missed a minute of a busy cluster still gets changes. */
const MAX_KEPT_BYTES = 4 << 20;
/** Bytes that a kept name takes besides its characters. */
const NAME_OVERHEAD = 16;

interface KeptRound {
  /** The version that it wrote. */
  readonly version: number;
  readonly counters: ReadonlySet<string>;
  readonly bytes: number;
}

/**
 * Which counters each of the newest versions changed, so that a stream that is some versions behind gets what it lacks. Only names are
 * kept: totals are absolute, so the newest total of a counter replaces all earlier ones.
 */
export class KeptChanges {
  /** Whose transactions these are. */
  readonly #writer: string;
  readonly #maxBytes: number;
  /** The newest version. */
  #position: LedgerPosition | null = null;
  /** Oldest first. Invariant: their versions follow one another, and the last is `#position.version`. */
  #rounds: KeptRound[] = [];
  #bytes = 0;
  /** Changed by transactions for the next version. Of those without an answer, the store may have applied any, also long after. */
  #attempted = new Set<string>();

  /** `writer`: the term of the leader that keeps them. */
  constructor(writer: string, maxBytes = MAX_KEPT_BYTES) {
    this.#writer = writer;
    this.#maxBytes = maxBytes;
  }

  /** Call before a transaction that writes the next version. */
  attempt(counters: Iterable<string>): void {
    for (const counter of counters) this.#attempted.add(counter);
  }

  /** A transaction was committed: the ledger is at `position`. */
  committed(position: LedgerPosition): void {
    invariant(
      this.#position === null || position.version === this.#position.version + 1,
      "kept versions follow one another",
      this.#position?.version,
      position.version,
    );
    const counters = this.#attempted;
    this.#attempted = new Set();
    this.#position = position;
    const bytes = sizeOf(counters);
    this.#rounds.push({ version: position.version, counters, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) this.#bytes -= this.#rounds.shift()?.bytes ?? 0;
  }

  /**
   * The ledger was read at `position`. True if it is the one that was kept, or that and one transaction without an answer: then streams go
   * on from what they were sent. Otherwise what they were sent may have no place in it.
   */
  opened(position: LedgerPosition): boolean {
    const { id, version, writer } = this.#position ?? { id: "", version: 0, writer: "" };
    if (position.id === id && position.version === version && position.writer === writer) return true;
    if (position.id === id && position.version === version + 1 && position.writer === this.#writer) {
      this.committed(position);
      return true;
    }
    this.#position = position;
    this.#rounds = [];
    this.#bytes = 0;
    this.#attempted = new Set();
    return false;
  }

  /** The counters that changed after `version`; null if that is no longer kept. */
  since(version: number): ReadonlySet<string> | null {
    if (version === this.#position?.version) return new Set();
    const first = this.#rounds.findIndex((round) => round.version === version + 1);
    if (first === -1) return null;
    const [only, ...more] = this.#rounds.slice(first);
    if (more.length === 0) return only?.counters ?? null;
    return new Set([only, ...more].flatMap((round) => [...(round?.counters ?? [])]));
  }
}

function sizeOf(counters: ReadonlySet<string>): number {
  let bytes = 0;
  for (const counter of counters) bytes += counter.length + NAME_OVERHEAD;
  return bytes;
}
