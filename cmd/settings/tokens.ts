import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isCounterPattern } from "../../internal/core/access/counter_rules.ts";
import { isTokenText } from "../../internal/core/access/token_text.ts";
import { isoTime } from "../../internal/core/iso_time.ts";
import type { Parse } from "./read/setting.ts";
import { duration } from "./values.ts";

/** The file of tokens of programs that are started in the same directory. */
export const DEFAULT_TOKENS = "./data/tokens.json";

/** A token's text. */
export const token: Parse<string> = (text) =>
  isTokenText(text)
    ? { value: text }
    : { problem: "must be a whole token, as it was shown (gc_ and 49 letters or digits)" };

/** The token in the first line of a file. */
export const tokenFile: Parse<string> = (path) => {
  try {
    const [line = ""] = readFileSync(path, "utf8").split(/\r?\n/);
    return isTokenText(line) ? { value: line } : { problem: "must be a file with a token in its first line" };
  } catch (error) {
    return { problem: `must be a readable file (${error instanceof Error ? error.message : String(error)})` };
  }
};

export const tokensPath: Parse<string> = (text) => ({ value: resolve(text) });

/** Counter names, and beginnings of names with a `*` at the end. */
export const counterPatterns: Parse<readonly string[]> = (text) => {
  const patterns = text.split(",").map((one) => one.trim());
  const bad = patterns.find((pattern) => !isCounterPattern(pattern));
  if (bad === undefined) return { value: patterns };
  return {
    problem: "must be a comma-separated list of counter names, or of beginnings of names with a * at the end",
    part: bad,
  };
};

const fromNow = duration("1s", "100000h");

/** A time in ISO 8601, with whole seconds in UTC: a day (its beginning), a time, or a duration from now. */
export const expiry: Parse<string> = (text) => {
  const ms = fromNow(text);
  const time = "value" in ms ? Date.now() + ms.value : Date.parse(/^\d{4}-\d\d-\d\d(?:T|$)/.test(text) ? text : "");
  if (time > Date.now() && time < Date.UTC(10_000)) return { value: isoTime(time) };
  return { problem: "must be a day or a time to come, such as 2030-12-31, or a time from now, such as 720h" };
};
