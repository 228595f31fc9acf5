/** Names of regions, each with a number. A ledger has few regions and many totals. */
export class RegionNames {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** By their numbers. */
  get names(): readonly string[] {
    return this.#names;
  }

  numberOf(region: string): number {
    let number = this.#numbers.get(region);
    if (number === undefined) {
      number = this.#names.push(region) - 1;
      this.#numbers.set(region, number);
    }
    return number;
  }

  nameOf(number: number): string {
    return this.#names[number] as string;
  }
}
