/** Seconds kept for each counter. */
export const HISTORY_SECONDS = 300;
/** Counters with a history at most: each takes 2.4 kB. */
const MAX_COUNTERS = 1_000;

/** A longer time without a snapshot is an outage. */
const OUTAGE_MS = 4_000;
/** Snapshots this long after an outage still bring hits that were counted during it. */
const CATCH_UP_MS = 4_000;

/** Committed hits in consecutive seconds. They may be fractions: hits are spread evenly over the time between two snapshots. */
export interface SecondsOfHits {
  /** Number of the first second on this node's clock. */
  readonly from: number;
  readonly hits: readonly number[];
}

interface Ring {
  /** Second `s` is at `s % HISTORY_SECONDS`. */
  readonly hits: Float64Array;
  /** The newest second that was written. */
  newest: number;
}

/**
 * Committed hits of each counter in each second of the last five minutes, derived from snapshots. The hits that a snapshot adds are
 * spread evenly over the time since the snapshot before, because rounds do not fall on whole seconds. Hits that arrive after an outage
 * are spread over all of it: otherwise the outage would look like a crowd that came at its end.
 *
 * Times are in milliseconds on a clock that never steps.
 */
export class HitHistory {
  readonly #rings = new Map<string, Ring>();
  #beganAt: number | null = null;
  #knownTo = 0;
  #outage: { readonly from: number; readonly until: number } | null = null;

  /** Forgets everything: the totals that follow cannot be compared with those before. */
  restart(now: number): void {
    this.#rings.clear();
    this.#beganAt = now;
    this.#knownTo = now;
    this.#outage = null;
  }

  /** `added`: the hits that each changed counter gained since the snapshot before. All other counters gained none. */
  add(added: Iterable<readonly [counter: string, hits: number]>, now: number): void {
    if (this.#beganAt === null || now <= this.#knownTo) return;
    if (this.#rings.size >= MAX_COUNTERS) this.#forgetQuiet(now);
    const from = this.#unreportedSince(now);
    for (const [counter, hits] of added) {
      const ring = this.#rings.get(counter) ?? this.#begin(counter);
      if (ring && hits > 0) spread(ring, hits, from, now);
    }
    this.#knownTo = now;
  }

  #unreportedSince(now: number): number {
    if (this.#outage && now >= this.#outage.until) this.#outage = null;
    if (now - this.#knownTo > OUTAGE_MS) this.#outage ??= { from: this.#knownTo, until: now + CATCH_UP_MS };
    return this.#outage?.from ?? this.#knownTo;
  }

  /** The whole seconds that are known and will not change. None for a counter that had no room. */
  read(counter: string): SecondsOfHits {
    const end = Math.floor((this.#outage?.from ?? this.#knownTo) / 1000);
    const ring = this.#rings.get(counter);
    if (this.#beganAt === null || (!ring && this.#rings.size >= MAX_COUNTERS)) return { from: end, hits: [] };
    const from = Math.min(end, Math.max(Math.ceil(this.#beganAt / 1000), end - HISTORY_SECONDS + 1));
    return { from, hits: Array.from({ length: end - from }, (_, i) => (ring ? at(ring, from + i) : 0)) };
  }

  #begin(counter: string): Ring | undefined {
    if (this.#rings.size >= MAX_COUNTERS) return undefined;
    const ring = { hits: new Float64Array(HISTORY_SECONDS), newest: Math.floor(this.#knownTo / 1000) };
    this.#rings.set(counter, ring);
    return ring;
  }

  #forgetQuiet(now: number): void {
    const oldest = Math.floor(now / 1000) - HISTORY_SECONDS;
    for (const [counter, { newest }] of this.#rings) if (newest <= oldest) this.#rings.delete(counter);
  }
}

function at({ hits, newest }: Ring, second: number): number {
  return second <= newest ? (hits[second % HISTORY_SECONDS] as number) : 0;
}

function spread(ring: Ring, hits: number, from: number, to: number): void {
  const last = Math.floor(to / 1000);
  const first = Math.max(Math.floor(from / 1000), last - HISTORY_SECONDS + 1);
  for (let second = first; second <= last; second++) {
    const share = Math.min(to, (second + 1) * 1000) - Math.max(from, second * 1000);
    open(ring, second);
    ring.hits[second % HISTORY_SECONDS] = at(ring, second) + (hits * share) / (to - from);
  }
}

/** Clears the seconds after the newest one, up to and including `second`. */
function open(ring: Ring, second: number): void {
  const first = Math.max(ring.newest + 1, second - HISTORY_SECONDS + 1);
  for (let empty = first; empty <= second; empty++) ring.hits[empty % HISTORY_SECONDS] = 0;
  ring.newest = Math.max(ring.newest, second);
}
