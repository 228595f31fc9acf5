import { invariant } from "../../core/invariant.ts";
import type { LedgerChange } from "../../core/ledger/snapshot.ts";
import type { LedgerPosition } from "../../core/log/batch.ts";

/** Names of counters that are kept, in bytes: a node that missed a minute of a busy cluster still gets changes. */
const MAX_KEPT_BYTES = 4 << 20;
/** Bytes that a kept name takes besides its characters. */
const NAME_OVERHEAD = 16;

interface KeptChange {
  /** It changed these counters after version `since`, up to `version`. */
  readonly since: number;
  readonly version: number;
  readonly counters: ReadonlySet<string>;
  readonly bytes: number;
}

/**
 * Which counters the newest versions changed, so that a stream that is some versions behind gets what it lacks. Only names are kept: totals
 * are absolute, so the newest total of a counter replaces all earlier ones, and to name too many counters does no harm.
 *
 * A leader keeps what it commits, and a follower what it hears: so the next leader can go on for nodes that are behind it (H84).
 */
export class KeptChanges {
  readonly #maxBytes: number;
  /** The newest version. */
  #position: LedgerPosition | null = null;
  /** Oldest first. Invariant: each begins where the one before it ends, and the last ends at `#position.version`. */
  #changes: KeptChange[] = [];
  #bytes = 0;
  /** Changed by transactions for the next version. Of those without an answer, the store may have applied any, also long after. */
  #attempted = new Set<string>();
  /** The terms that these transactions name. */
  #writers = new Set<string>();

  /** `heard`: what a leader heard before as a follower. */
  constructor(heard: KeptChanges | null = null, maxBytes = MAX_KEPT_BYTES) {
    this.#maxBytes = maxBytes;
    if (!heard) return;
    this.#position = heard.#position;
    this.#changes = [...heard.#changes];
    this.#bytes = heard.#bytes;
  }

  /** Call before a transaction that writes the next version, in the term `writer`. */
  attempt(counters: Iterable<string>, writer: string): void {
    this.#writers.add(writer);
    for (const counter of counters) this.#attempted.add(counter);
  }

  /** A transaction was committed: the ledger is at `position`. */
  committed(position: LedgerPosition): void {
    const since = this.#position?.version ?? position.version - 1;
    invariant(position.version === since + 1, "kept versions follow one another", since, position.version);
    this.#add(since, position, this.#attempted);
    this.#settle();
  }

  /** A follower adopted this change. */
  heard({ since, ledger, totals }: Pick<LedgerChange, "since" | "ledger" | "totals">): void {
    const { id, version } = this.#position ?? { id: "", version: 0 };
    if (since === null || ledger.id !== id) this.#restart(ledger);
    else if (ledger.version > version) this.#add(version, ledger, new Set(totals.map(({ counter }) => counter)));
  }

  /**
   * The ledger was read at `position`. True if it is the one that was kept, or that and one transaction without an answer: then streams go
   * on from what they were sent. Otherwise what they were sent may have no place in it.
   */
  opened(position: LedgerPosition): boolean {
    const { id, version, writer } = this.#position ?? { id: "", version: 0, writer: "" };
    if (position.id === id && position.version === version && position.writer === writer) return true;
    if (position.id === id && position.version === version + 1 && this.#writers.has(position.writer)) {
      this.committed(position);
      return true;
    }
    this.#restart(position);
    return false;
  }

  /** The counters that changed after `version`; null if that is no longer kept. */
  since(version: number): ReadonlySet<string> | null {
    if (version === this.#position?.version) return new Set();
    const first = this.#changes.findIndex((change) => change.since <= version && version < change.version);
    if (first === -1) return null;
    const [only, ...more] = this.#changes.slice(first);
    if (more.length === 0) return only?.counters ?? null;
    return new Set([only, ...more].flatMap((change) => [...(change?.counters ?? [])]));
  }

  #add(since: number, position: LedgerPosition, counters: ReadonlySet<string>): void {
    const bytes = sizeOf(counters);
    this.#position = position;
    this.#changes.push({ since, version: position.version, counters, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) this.#bytes -= this.#changes.shift()?.bytes ?? 0;
  }

  #restart(position: LedgerPosition): void {
    this.#position = position;
    this.#changes = [];
    this.#bytes = 0;
    this.#settle();
  }

  #settle(): void {
    this.#attempted = new Set();
    this.#writers = new Set();
  }
}

function sizeOf(counters: ReadonlySet<string>): number {
  let bytes = 0;
  for (const counter of counters) bytes += counter.length + NAME_OVERHEAD;
  return bytes;
}
