/** Totals by counter, with the line that named each first. */
export class Sums {
  readonly #found = new Map<string, { value: bigint; readonly line: number }>();

  add(counter: string, value: bigint, line: number): void {
    const found = this.#found.get(counter);
    if (found === undefined) this.#found.set(counter, { value, line });
    else found.value += value;
  }

  /** Keeps the largest of all values of a counter. */
  raise(counter: string, value: bigint, line: number): void {
    const found = this.#found.get(counter);
    if (found === undefined) this.#found.set(counter, { value, line });
    else if (found.value < value) found.value = value;
  }

  /** In the order of their names, so that the same file always gives the same lines. */
  sorted(): { readonly counter: string; readonly value: bigint; readonly line: number }[] {
    const all = [...this.#found].map(([counter, { value, line }]) => ({ counter, value, line }));
    return all.sort((a, b) => (a.counter < b.counter ? -1 : 1));
  }
}
