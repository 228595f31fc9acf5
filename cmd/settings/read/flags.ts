import { parseArgs } from "node:util";
import { suggestion } from "../../../internal/core/suggestion.ts";
import { flagOf, type Table, variableOf } from "./setting.ts";
import type { Given, SettingError } from "./setting_error.ts";

export interface ParsedFlags {
  readonly given: Map<string, Given>;
  readonly errors: SettingError[];
  readonly asks: "help" | "version" | null;
}

/** `usage`: how a person starts the command. */
interface FlagsOf {
  readonly table: Table;
  readonly usage: string;
  readonly prefix?: string;
}

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];
type Option = Token & { readonly kind: "option" };

/** Parses a command line. */
export function parseFlags(command: FlagsOf, argv: readonly string[]): ParsedFlags {
  const keys = new Map(Object.keys(command.table).map((key) => [flagOf(key), key]));
  const given = new Map<string, Given>();
  const errors: SettingError[] = [];
  let asks: ParsedFlags["asks"] = null;
  let afterError = false;
  for (const token of tokensOf(command.table, keys, argv)) {
    const option = token.kind === "option" ? token : null;
    if (option?.name === "help" || option?.name === "version") asks ??= option.name;
    const key = option === null ? undefined : keys.get(option.rawName);
    const error: SettingError | null = option
      ? (optionError(command, option, key, keys) ??
        contradiction(option, given.get(key ?? ""), command.table[key ?? ""]?.secret))
      : wordError(token, command, afterError);
    if (error) errors.push(error);
    else if (option && key !== undefined) given.set(key, { where: option.rawName, text: option.value ?? "" });
    // A word after a wrong flag is most likely its value: one error, not two.
    afterError = error !== null && option !== null;
  }
  return { given, errors, asks };
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

function optionError(
  { table, prefix }: FlagsOf,
  { name, rawName: where, value, inlineValue }: Option,
  key: string | undefined,
  keys: ReadonlyMap<string, string>,
): SettingError | null {
  if (name === "help" || name === "version") return null;
  const setting = key === undefined ? undefined : table[key];
  if (key === undefined || setting === undefined) return unknownFlag(where, keys);
  if (setting.only === "variable") {
    const problem = `cannot be a flag: other users could read it. Set ${variableOf(key, prefix)}`;
    return { where, given: null, problem };
  }
  return valueError(where, value, inlineValue ?? false, setting.placeholder);
}

function wordError(token: Token, { table, usage }: FlagsOf, afterError: boolean): SettingError | null {
  if (token.kind !== "positional" || afterError) return null;
  return { where: JSON.stringify(token.value), given: null, problem: `belongs to no flag${npmAdvice(table, usage)}` };
}

/** npm keeps flags that stand before `--` for itself, and passes on only their values. */
function npmAdvice(table: Table, usage: string): string {
  const [key] = Object.keys(table);
  if (key === undefined || !usage.startsWith("npm ")) return "";
  return `; with npm, write flags after -- (${usage} ${flagOf(key)} <${table[key]?.placeholder}>)`;
}

function contradiction(
  { rawName: where, value = "" }: Option,
  before: Given | undefined,
  secret = false,
): SettingError | null {
  if (before === undefined || before.text === value) return null;
  if (secret) return { where, given: null, problem: "is given twice, with different values" };
  const values = `${JSON.stringify(before.text)} and ${JSON.stringify(value)}`;
  return { where, given: null, problem: `is given twice: ${values}` };
}

function unknownFlag(where: string, keys: ReadonlyMap<string, string>): SettingError {
  const meant = suggestion(where, [...keys.keys(), "--help", "--version"]);
  return { where, given: null, problem: `is unknown; ${meant ? `did you mean ${meant}?` : "--help lists all flags"}` };
}

function valueError(
  where: string,
  value: string | undefined,
  inline: boolean,
  placeholder: string | null,
): SettingError | null {
  if (placeholder === null) return value === undefined ? null : { where, given: value, problem: "takes no value" };
  const missing = value === undefined || value === "" || (!inline && value.startsWith("--"));
  return missing ? { where, given: null, problem: `needs a value: ${where} <${placeholder}>` } : null;
}
