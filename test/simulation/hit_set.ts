/** From the offset `from` of a log up to `to`. */
export type Range = readonly [from: number, to: number];

/** A set of hits: for each log, ranges of offsets, in order and apart from each other. */
export class HitSet {
  readonly #ranges = new Map<string, readonly Range[]>();

  copy(): HitSet {
    const copy = new HitSet();
    for (const [log, ranges] of this.#ranges) copy.#ranges.set(log, ranges);
    return copy;
  }

  add(log: string, from: number, to: number): void {
    if (from >= to) return;
    const ranges = this.#ranges.get(log) ?? [];
    const last = ranges.at(-1);
    if (!last || last[1] < from) this.#ranges.set(log, [...ranges, [from, to]]);
    else if (last[1] === from) this.#ranges.set(log, [...ranges.slice(0, -1), [last[0], to]]);
    else this.#ranges.set(log, union(ranges, [from, to]));
  }

  addAll(other: HitSet): void {
    for (const [log, from, to] of other) this.add(log, from, to);
  }

  minus(other: HitSet): HitSet {
    const left = new HitSet();
    for (const [log, ranges] of this.#ranges) {
      const taken = other.#ranges.get(log);
      const rest = taken ? difference(ranges, taken) : ranges;
      if (rest.length > 0) left.#ranges.set(log, rest);
    }
    return left;
  }

  and(other: HitSet): HitSet {
    return this.minus(this.minus(other));
  }

  /** The part of a range that is not in this set. */
  lacking(log: string, from: number, to: number): readonly Range[] {
    return from < to ? difference([[from, to]], this.#ranges.get(log) ?? []) : [];
  }

  has(log: string, from: number, to: number): boolean {
    return this.lacking(log, from, to).length === 0;
  }

  get size(): number {
    let size = 0;
    for (const [, from, to] of this) size += to - from;
    return size;
  }

  toString(): string {
    return [...this].map(([log, from, to]) => `${log} ${from} to ${to}`).join(", ");
  }

  *[Symbol.iterator](): Generator<readonly [log: string, from: number, to: number]> {
    for (const [log, ranges] of this.#ranges) for (const [from, to] of ranges) yield [log, from, to];
  }
}

function union(ranges: readonly Range[], [from, to]: Range): Range[] {
  const touching = ranges.filter((range) => range[0] <= to && from <= range[1]);
  const merged: Range = [Math.min(from, ...touching.map(([at]) => at)), Math.max(to, ...touching.map(([, at]) => at))];
  return [...ranges.filter((range) => !touching.includes(range)), merged].sort((a, b) => a[0] - b[0]);
}

function difference(ranges: readonly Range[], taken: readonly Range[]): Range[] {
  const left: Range[] = [];
  for (const [from, to] of ranges) {
    let at = from;
    for (const [begin, end] of taken) {
      if (end <= at || begin >= to) continue;
      if (begin > at) left.push([at, begin]);
      at = Math.max(at, end);
    }
    if (at < to) left.push([at, to]);
  }
  return left;
}
