import type { SourceId } from "../log/batch.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerDraft } from "./ledger_draft.ts";

/** How long and how many ended sources a ledger remembers. Times are in milliseconds on the leader's monotonic clock. */
export interface Retention {
  /** A source ends, as incomplete, if one leader has heard no holder of its log for this long. */
  readonly silence: number;
  /** An ended source is kept for at least this long after its end. */
  readonly afterEnd: number;
  /** Ended sources to keep. When there are more, complete ones are pruned first, then the oldest. */
  readonly ended: number;
}

/**
 * When this leader last heard of each source, and when it first saw each end. All times are measured on its own monotonic clock only, so
 * they begin anew with each leadership.
 */
export class SourceTimes {
  readonly #retention: Retention;
  readonly #heard = new Map<SourceId, number>();
  readonly #ends = new Map<SourceId, { readonly version: number; readonly seenAt: number }>();

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  heard(sources: readonly SourceId[], now: number): void {
    for (const source of sources) this.#heard.set(source, now);
  }

  /** Call with each ledger that was read or committed. */
  see({ sources, ended }: Ledger, now: number): void {
    for (const source of sources.keys()) if (!this.#heard.has(source)) this.#heard.set(source, now);
    for (const source of this.#heard.keys()) if (!sources.has(source)) this.#heard.delete(source);
    for (const [source, { version }] of ended)
      this.#ends.set(source, { version, seenAt: this.#endSeenAt(source, version, now) });
    for (const source of this.#ends.keys()) if (!ended.has(source)) this.#ends.delete(source);
  }

  /** Sources that end now: no holder of their logs was heard for too long. */
  silent({ sources }: Ledger, now: number): SourceId[] {
    return [...sources.keys()].filter((source) => now - (this.#heard.get(source) ?? now) >= this.#retention.silence);
  }

  /** Ended sources that `draft` may forget. */
  forgettable(draft: LedgerDraft, now: number): SourceId[] {
    const excess = draft.ended.size - this.#retention.ended;
    if (excess <= 0) return [];
    const old = [...draft.ended].filter(
      ([source, { version }]) => now - this.#endSeenAt(source, version, now) >= this.#retention.afterEnd,
    );
    old.sort(([, a], [, b]) => Number(b.complete) - Number(a.complete) || a.version - b.version);
    return old.slice(0, excess).map(([source]) => source);
  }

  /** When this leader first saw this end. A source that came back and ended again has a new end. */
  #endSeenAt(source: SourceId, version: number, now: number): number {
    const end = this.#ends.get(source);
    return end?.version === version ? end.seenAt : now;
  }
}
