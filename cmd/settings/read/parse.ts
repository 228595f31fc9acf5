import { parseFlags } from "./flags.ts";
import type { Check, Command, Setting, Table, ValuesOf } from "./setting.ts";
import { flagOf } from "./setting.ts";
import type { Given, SettingError } from "./setting_error.ts";
import { type Environment, parseVariables } from "./variables.ts";

export type ParseResult<S> =
  | { readonly kind: "settings"; readonly settings: S }
  | { readonly kind: "errors"; readonly errors: readonly SettingError[] }
  | { readonly kind: "help" | "version" };

/** Parses a command's flags and variables. Flags win over variables. The result has all errors at once. */
export function parseSettings<T extends Table, S>(
  command: Command<T, S>,
  argv: readonly string[],
  env: Environment,
): ParseResult<S> {
  const flags = parseFlags(command, argv);
  if (flags.asks) return { kind: flags.asks };
  const variables = parseVariables(command, env);
  const given = new Map([...variables.given, ...flags.given]);
  const parsed = parseValues(command.table, given);
  const values = parsed.values as ValuesOf<T>;
  const errors = [
    ...flags.errors,
    ...variables.errors,
    ...parsed.errors,
    ...checkErrors(command.checks, values, given),
  ];
  return errors.length > 0 ? { kind: "errors", errors } : { kind: "settings", settings: command.complete(values) };
}

/** `values` lacks the settings that have an error. */
function parseValues(table: Table, given: ReadonlyMap<string, Given>) {
  const values: Record<string, unknown> = {};
  const errors: SettingError[] = [];
  for (const [key, setting] of Object.entries(table)) {
    const source = given.get(key) ?? defaultOf(setting);
    const parsed = source ? setting.parse(source.text) : { value: null };
    if ("value" in parsed) values[key] = parsed.value;
    else if (source) {
      const { where, secret, text } = source;
      errors.push({ where, given: secret || setting.secret ? null : text, problem: parsed.problem, part: parsed.part });
    }
  }
  return { values, errors };
}

function defaultOf(setting: Setting): Given | null {
  return setting.default === null ? null : { where: "the default", text: setting.default };
}

function checkErrors<V extends object>(
  checks: readonly Check<V>[],
  values: V,
  given: ReadonlyMap<string, Given>,
): SettingError[] {
  const ready = checks.filter((check) => check.reads.every((key) => Object.hasOwn(values, key)));
  return ready.flatMap((check) => {
    const problem = check.problem(values);
    if (problem === null) return [];
    return [{ where: given.get(check.about)?.where ?? flagOf(check.about), given: null, problem }];
  });
}
