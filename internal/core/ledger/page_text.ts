import { isMemberField } from "../cluster/member_fields.ts";
import { isCounterName } from "../names.ts";
import { type CounterTotal, MAX_TOTAL } from "./counter_total.ts";

const MAX_GENERATION = 2 ** 48 - 1;
/** Decimal digits that a double holds exactly. */
const EXACT_DIGITS = 15;
const MAX_DIGITS = 40;
const ZERO = 48;
const QUOTE = '"';

/** The counter and the generation in a key of a page, `visits` or `visits@17`; null if it is none. */
export function counterIn(key: string): { readonly counter: string; readonly generation: number } | null {
  const at = key.indexOf("@");
  const counter = at === -1 ? key : key.slice(0, at);
  if (!isCounterName(counter)) return null;
  if (at === -1) return { counter, generation: 0 };
  const digits = key.slice(at + 1);
  const generation = Number(digits);
  return /^[1-9]\d{0,14}$/.test(digits) && generation <= MAX_GENERATION ? { counter, generation } : null;
}

/**
 * The counters in the text of a page, if it is written exactly as `encodePage` does; null for all other text, which may still be a page.
 *
 * `JSON.parse` makes an object with a property for each counter, and takes most of the time in which a new leader reads a million of them.
 */
export function countersInText(text: string): [string, CounterTotal][] | null {
  if (text === "{}") return [];
  return new PageText(text).counters();
}

/** Each method returns null where the text is not as `encodePage` writes it. */
class PageText {
  readonly #text: string;
  #at = 0;
  /** Regions whose names were checked. A page has few. */
  readonly #regions = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  counters(): [string, CounterTotal][] | null {
    const counters: [string, CounterTotal][] = [];
    if (!this.#skip("{")) return null;
    do {
      const key = this.#quoted();
      const place = key === null ? null : counterIn(key);
      const regions = place && this.#skip(":{") ? this.#regionTotals() : null;
      if (!place || !regions) return null;
      counters.push([place.counter, { regions, generation: place.generation }]);
    } while (this.#skip(",\n"));
    return this.#skip("}") && this.#at === this.#text.length ? counters : null;
  }

  /** Up to the brace behind them. */
  #regionTotals(): Map<string, bigint> | null {
    const regions = new Map<string, bigint>();
    if (this.#skip("}")) return regions;
    do {
      const region = this.#quoted();
      const total = region !== null && this.#skip(":") ? this.#total() : null;
      if (region === null || total === null || regions.has(region) || !this.#isRegion(region)) return null;
      regions.set(region, total);
    } while (this.#skip(","));
    return this.#skip("}") ? regions : null;
  }

  #isRegion(name: string): boolean {
    if (this.#regions.has(name)) return true;
    if (!isMemberField("region", name)) return false;
    this.#regions.add(name);
    return true;
  }

  #total(): bigint | null {
    const digits = this.#quoted();
    if (digits === null || digits.length === 0 || digits.length > MAX_DIGITS) return null;
    let number = 0;
    for (let i = 0; i < digits.length; i++) {
      const digit = digits.charCodeAt(i) - ZERO;
      if (!(digit >= 0 && digit <= 9)) return null;
      number = number * 10 + digit;
    }
    const total = BigInt(digits.length <= EXACT_DIGITS ? number : digits);
    return total <= MAX_TOTAL ? total : null;
  }

  /** What is between quotes. No name and no number has a backslash, so nothing is escaped. */
  #quoted(): string | null {
    if (!this.#skip(QUOTE)) return null;
    const end = this.#text.indexOf(QUOTE, this.#at);
    if (end === -1) return null;
    const quoted = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return quoted;
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}
