import { placeOf } from "../../internal/core/geo/regions.ts";
import { isCounterName } from "../../internal/core/names.ts";
import type { Parse, Parsed } from "./setting.ts";

/** A whole number from `from` to `to`. */
export function wholeNumber(from: number, to: number): Parse<number> {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return number >= from && number <= to
      ? { value: number }
      : { wrong: `must be a whole number from ${from} to ${to}` };
  };
}

export function oneOf<const W extends string>(...words: W[]): Parse<W> {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    return word === undefined ? { wrong: `must be ${words.join(" or ")}` } : { value: word };
  };
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

/** Milliseconds; `least` and `most` are written like the value itself. */
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
    return value >= from && value <= to ? { value } : { wrong: `must be ${what} from ${least} to ${most}` };
  };
}

/** NaN when `text` is no amount in these units. */
function amount(units: Units, text: string): number {
  if (text === "0") return 0;
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  return unit !== undefined && Object.hasOwn(units, unit)
    ? Math.round(Number(digits) * (units[unit] ?? 0))
    : Number.NaN;
}

/** The name of a node: it becomes part of file names, metric labels and tables. */
export const label: Parse<string> = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)
    ? { value: text }
    : { wrong: "must be 1 to 63 characters of a-z A-Z 0-9 . _ - and begin with a letter or a digit" };

/** A label, or where on earth the region is: `48.21,16.37`, or `office:48.21,16.37`. */
export const region: Parse<string> = (text) => {
  const asLabel = label(text);
  if (!("wrong" in asLabel) || placeOf(text) !== undefined) return { value: text };
  return { wrong: `${asLabel.wrong}; or degrees north and east, like 48.21,16.37 or office:48.21,16.37` };
};

export const counterNames: Parse<ReadonlySet<string>> = (text) => {
  const names = text.split(",").map((name) => name.trim());
  const bad = names.find((name) => !isCounterName(name));
  if (bad === undefined) return { value: new Set(names) };
  return {
    wrong: `must be counter names with commas between; ${JSON.stringify(bad)} is none (a-z 0-9 . _ -, at most 128 characters)`,
  };
};

export const yes: Parse<boolean> = () => ({ value: true });

/** `Parsed` for values that need no judgement. */
export function whatever(text: string): Parsed<string> {
  return { value: text };
}
