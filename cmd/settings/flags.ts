import { parseArgs } from "node:util";
import { closest } from "./likeness.ts";
import type { Given, Mistake } from "./mistake.ts";
import { flagOf, type Table } from "./setting.ts";

export interface FlagsRead {
  readonly given: Map<string, Given>;
  readonly mistakes: Mistake[];
  readonly asks: "help" | "version" | null;
}

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];

/** What the command line says; the last of several equal flags holds. */
export function readFlags(table: Table, argv: readonly string[]): FlagsRead {
  const keys = new Map(Object.keys(table).map((key) => [flagOf(key), key]));
  const given = new Map<string, Given>();
  const mistakes: Mistake[] = [];
  let asks: FlagsRead["asks"] = null;
  let misread = false;
  for (const token of tokensOf(table, keys, argv)) {
    if (token.kind === "option" && (token.name === "help" || token.name === "version")) asks ??= token.name;
    const key = token.kind === "option" ? keys.get(token.rawName) : undefined;
    const mistake = mistakeIn(token, key === undefined ? undefined : table[key], keys, misread);
    if (mistake) mistakes.push(mistake);
    else if (token.kind === "option" && key !== undefined)
      given.set(key, { where: token.rawName, text: token.value ?? "" });
    // What follows a flag that was not understood is most likely its value: one mistake, not two.
    misread = mistake !== null && token.kind === "option";
  }
  return { given, mistakes, asks };
}

function tokensOf(table: Table, keys: ReadonlyMap<string, string>, argv: readonly string[]) {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean" },
  };
  for (const [flag, key] of keys) {
    if (table[key]?.only !== "variable")
      options[flag.slice(2)] = { type: table[key]?.placeholder === null ? "boolean" : "string" };
  }
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function mistakeIn(
  token: Token,
  setting: Table[string] | undefined,
  keys: ReadonlyMap<string, string>,
  misread: boolean,
): Mistake | null {
  if (token.kind === "option-terminator") return null;
  if (token.kind === "positional") return misread ? null : stray(token.value);
  if (token.name === "help" || token.name === "version") return null;
  if (setting?.only === "variable") {
    return {
      where: token.rawName,
      given: null,
      wrong: "is no flag, because every user of this machine could read it; use its variable",
    };
  }
  if (!setting) return unknownFlag(token.rawName, keys);
  return valueMistake(token.rawName, token.value, token.inlineValue ?? false, setting.placeholder);
}

function stray(given: string): Mistake {
  return {
    where: JSON.stringify(given),
    given: null,
    wrong: "belongs to no flag; with npm, flags stand after -- (npm start -- --port 4000)",
  };
}

function unknownFlag(flag: string, keys: ReadonlyMap<string, string>): Mistake {
  const meant = closest(flag, [...keys.keys(), "--help", "--version"]);
  return {
    where: flag,
    given: null,
    wrong: meant ? `is unknown; did you mean ${meant}?` : "is unknown; --help lists all flags",
  };
}

function valueMistake(
  flag: string,
  value: string | undefined,
  inline: boolean,
  placeholder: string | null,
): Mistake | null {
  if (placeholder === null) return value === undefined ? null : { where: flag, given: value, wrong: "takes no value" };
  const missing = value === undefined || value === "" || (!inline && value.startsWith("--"));
  return missing ? { where: flag, given: null, wrong: `needs a value: ${flag} <${placeholder}>` } : null;
}
