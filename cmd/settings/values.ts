import { placeOf } from "../../internal/core/geo/regions.ts";
import { COUNTER_NAME_FORM, isCounterName } from "../../internal/core/names.ts";
import type { Parse, Parsed } from "./read/setting.ts";

/** A whole number from `from` to `to`. */
export function wholeNumber(from: number, to: number): Parse<number> {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return number >= from && number <= to
      ? { value: number }
      : { problem: `must be a whole number from ${from} to ${to}` };
  };
}

export function oneOf<const W extends string>(...words: W[]): Parse<W> {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    return word === undefined ? { problem: `must be ${alternatives(words)}` } : { value: word };
  };
}

/** `a, b or c`. */
function alternatives(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].join(" or ");
}

const MILLISECONDS: Units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES: Units = {
  B: 1,
  kB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** Milliseconds. `least` and `most` have the form of the value itself. */
export function duration(least: string, most: string): Parse<number> {
  return quantity(MILLISECONDS, least, most, "a time with its unit (ms, s, m or h)");
}

/** Bytes. */
export function bytes(least: string, most: string): Parse<number> {
  return quantity(BYTES, least, most, "a size with its unit (B, kB, MB, KiB, MiB)");
}

/** Bytes per second. */
export function bytesPerSecond(least: string, most: string): Parse<number> {
  const parse = bytes(least, most);
  return (text) => parse(text.replace(/\/s$/, ""));
}

type Units = Readonly<Record<string, number>>;

function quantity(units: Units, least: string, most: string, what: string): Parse<number> {
  const from = amount(units, least);
  const to = amount(units, most);
  return (text) => {
    const value = amount(units, text);
    return value >= from && value <= to ? { value } : { problem: `must be ${what} from ${least} to ${most}` };
  };
}

/** NaN if `text` is not an amount in these units. */
function amount(units: Units, text: string): number {
  if (text === "0") return 0;
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  return unit !== undefined && Object.hasOwn(units, unit)
    ? Math.round(Number(digits) * (units[unit] ?? 0))
    : Number.NaN;
}

/** The name of a node. It becomes part of file names, metric labels and tables. */
export const label: Parse<string> = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)
    ? { value: text }
    : { problem: "must be 1 to 63 characters (a-z A-Z 0-9 . _ -), the first a letter or a digit" };

/** A label, or the region's coordinates: `48.21,16.37` or `office:48.21,16.37`. */
export const region: Parse<string> = (text) => {
  const asLabel = label(text);
  if ("value" in asLabel || placeOf(text) !== undefined) return { value: text };
  return { problem: `${asLabel.problem}; or degrees north and east, such as 48.21,16.37 or office:48.21,16.37` };
};

export const counterNames: Parse<ReadonlySet<string>> = (text) => {
  const names = text.split(",").map((name) => name.trim());
  const bad = names.find((name) => !isCounterName(name));
  if (bad === undefined) return { value: new Set(names) };
  return { problem: `must be a comma-separated list of counter names (${COUNTER_NAME_FORM})`, part: bad };
};

export const yes: Parse<boolean> = () => ({ value: true });

/** Takes every text. */
export function anyText(text: string): Parsed<string> {
  return { value: text };
}
