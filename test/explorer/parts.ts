/** A piece of a cluster's state as it is compared: equal pieces are one object, so that a whole state is known by a few numbers. */
export class Part<T> {
  readonly id: number;
  readonly value: T;

  constructor(id: number, value: T) {
    this.id = id;
    this.value = value;
  }

  toJSON(): number {
    return this.id;
  }
}

/** Every different piece of one kind that was met so far. */
export class Parts<T> {
  readonly #known = new Map<string, Part<T>>();
  readonly #keyOf: (value: T) => string;

  constructor(keyOf: (value: T) => string = canonical) {
    this.#keyOf = keyOf;
  }

  of(value: T): Part<T> {
    const key = this.#keyOf(value);
    let part = this.#known.get(key);
    if (!part) {
      part = new Part(this.#known.size, value);
      this.#known.set(key, part);
    }
    return part;
  }

  get size(): number {
    return this.#known.size;
  }
}

/** Results of pure steps: the real code runs once for each different piece that it is given, not once for each state. */
export class Memo<T> {
  readonly #results = new Map<string, T>();

  get(key: string, make: () => T): T {
    let result = this.#results.get(key);
    if (result === undefined) {
      result = make();
      this.#results.set(key, result);
    }
    return result;
  }
}

/** Text that is equal for equal plain data. Maps count in their order, fields do not. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (field instanceof Map) return [...field];
    if (typeof field === "bigint") return String(field);
    const isPlain = typeof field === "object" && field !== null && !Array.isArray(field) && !(field instanceof Part);
    return isPlain ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1))) : field;
  });
}

/** What the explorer was looking for. */
export class Violation extends Error {
  override readonly name = "Violation";
}
