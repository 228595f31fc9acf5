import { parseArgs } from "node:util";
import { flagOf, type Table } from "./setting.ts";
import type { Given, Mistake } from "./setting_error.ts";
import { closest } from "./suggestion.ts";

export interface FlagsRead {
  readonly given: Map<string, Given>;
  readonly mistakes: Mistake[];
  readonly asks: "help" | "version" | null;
}

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];

/** What the command line says. `usage`: how the command is started. */
export function readFlags({ table, usage }: { table: Table; usage: string }, argv: readonly string[]): FlagsRead {
  const keys = new Map(Object.keys(table).map((key) => [flagOf(key), key]));
  const given = new Map<string, Given>();
  const mistakes: Mistake[] = [];
  let asks: FlagsRead["asks"] = null;
  let misread = false;
  for (const token of tokensOf(table, keys, argv)) {
    if (token.kind === "option" && (token.name === "help" || token.name === "version")) asks ??= token.name;
    const key = token.kind === "option" ? keys.get(token.rawName) : undefined;
    const setting = key === undefined ? undefined : table[key];
    const mistake: Mistake | null =
      token.kind === "positional"
        ? stray(token.value, misread, strayAdvice(table, usage))
        : (mistakeIn(token, setting, keys) ?? contradiction(token, given.get(key ?? "")));
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
): Mistake | null {
  if (token.kind !== "option") return null;
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

function stray(given: string, misread: boolean, advice: string): Mistake | null {
  return misread ? null : { where: JSON.stringify(given), given: null, wrong: `belongs to no flag${advice}` };
}

/** npm takes flags for its own, and leaves their values. */
function strayAdvice(table: Table, usage: string): string {
  const [key] = Object.keys(table);
  if (key === undefined || !usage.startsWith("npm ")) return "";
  return `; with npm, flags stand after -- (${usage} ${flagOf(key)} <${table[key]?.placeholder}>)`;
}

function contradiction(token: Token, before: Given | undefined): Mistake | null {
  if (token.kind !== "option" || before === undefined || before.text === (token.value ?? "")) return null;
  return {
    where: token.rawName,
    given: null,
    wrong: `stands there twice, with ${JSON.stringify(before.text)} and ${JSON.stringify(token.value)}`,
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
