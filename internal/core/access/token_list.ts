import { isoTime } from "../iso_time.ts";
import { isCounterPattern, matches } from "./counter_rules.ts";

/** What a token allows: to count more than others may, or also what is for those who run the cluster. */
export const TOKEN_RIGHTS = ["count", "admin"] as const;
export type TokenRight = (typeof TOKEN_RIGHTS)[number];

/** One token, without its text: that is shown once and kept nowhere. */
export interface TokenEntry {
  readonly name: string;
  /** SHA-256 of the token's text, in hex. */
  readonly hash: string;
  readonly rights: readonly TokenRight[];
  /** Patterns of the counters that it is for. */
  readonly counters: readonly string[];
  /** ISO 8601 in UTC with whole seconds: the token is not valid from then on. Null: it stays valid. */
  readonly expires: string | null;
}

/** Most tokens in a list. */
export const MAX_TOKENS = 1000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const TOKEN_NAME_FORM = "1 to 63 characters (a-z A-Z 0-9 . _ -), the first a letter or a digit";
const TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const HASH = /^[0-9a-f]{64}$/;

export function isTokenName(text: string): boolean {
  return NAME.test(text);
}

/** Whether a token's time is over. `wall`: milliseconds since 1970. */
export function isExpired({ expires }: TokenEntry, wall: number): boolean {
  // Times of this form sort alphabetically.
  return expires !== null && isoTime(wall) >= expires;
}

/** Whether a token is for `counter`. */
export function isFor({ counters }: TokenEntry, counter: string): boolean {
  return counters.some((pattern) => matches(pattern, counter));
}

export type TokenList =
  | { readonly tokens: readonly TokenEntry[] }
  /** Everything that is wrong, a sentence each. */
  | { readonly problems: readonly string[] };

/** Reads what `formatTokens` writes. Refuses the whole list if anything in it is wrong: half of a list could be without a restriction. */
export function parseTokens(text: string): TokenList {
  const json = parseJson(text);
  if (json === undefined) return { problems: [text.trim() === "" ? "It is empty." : "It is not JSON."] };
  const tokens = member(json, "tokens");
  if (!Array.isArray(tokens)) return { problems: ['It is not an object with a list "tokens".'] };
  if (tokens.length > MAX_TOKENS) return { problems: [`It has ${tokens.length} tokens, and may have ${MAX_TOKENS}.`] };
  const problems = [...tokens.flatMap(problemsOf), ...repeated(tokens, "name"), ...repeated(tokens, "hash")];
  return problems.length > 0 ? { problems } : { tokens: tokens.map(entryOf) };
}

/** The text of a token list, in JSON. */
export function formatTokens(tokens: readonly TokenEntry[]): string {
  return `${JSON.stringify({ tokens }, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemsOf(token: unknown, at: number): string[] {
  const found: string[] = [];
  const check = (key: string, valid: (value: unknown) => boolean, form: string) => {
    const value = member(token, key);
    if (!valid(value))
      found.push(`Token ${at + 1}: "${key}" must be ${form}, not ${JSON.stringify(value) ?? "missing"}.`);
  };
  check("name", (value) => typeof value === "string" && isTokenName(value), TOKEN_NAME_FORM);
  check("hash", (value) => typeof value === "string" && HASH.test(value), "a SHA-256 in 64 hex digits");
  check(
    "rights",
    (value) => isListOf(value, (one) => TOKEN_RIGHTS.includes(one as TokenRight)),
    `a list of ${TOKEN_RIGHTS.join(", ")}`,
  );
  check(
    "counters",
    (value) => isListOf(value, isCounterPattern),
    "a list of counter names, or of beginnings with a * at the end",
  );
  check(
    "expires",
    (value) => value === undefined || value === null || (typeof value === "string" && TIME.test(value)),
    "a time such as 2030-12-31T00:00:00Z",
  );
  return found;
}

function entryOf(token: unknown): TokenEntry {
  const { name, hash, rights, counters, expires = null } = token as TokenEntry;
  return { name, hash, rights, counters, expires };
}

function repeated(tokens: readonly unknown[], key: string): string[] {
  const values = tokens.map((token) => member(token, key)).filter((value) => typeof value === "string");
  const twice = new Set(values.filter((value, at) => values.indexOf(value) !== at));
  return [...twice].map((value) => `Two tokens have the same ${key}: ${JSON.stringify(value)}.`);
}

function isListOf(value: unknown, valid: (one: string) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && valid(one));
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
