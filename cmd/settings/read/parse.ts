import { readFlags } from "./flags.ts";
import type { Check, Command, Setting, Table, ValuesOf } from "./setting.ts";
import { flagOf } from "./setting.ts";
import type { Given, Mistake } from "./setting_error.ts";
import { type Environment, readVariables } from "./variables.ts";

export type Reading<S> =
  | { readonly kind: "settings"; readonly settings: S }
  | { readonly kind: "mistakes"; readonly mistakes: readonly Mistake[] }
  | { readonly kind: "help" | "version" };

/** Reads a command's settings; flags win over variables, and all mistakes are reported at once. */
export function readSettings<T extends Table, S>(
  command: Command<T, S>,
  argv: readonly string[],
  env: Environment,
): Reading<S> {
  const flags = readFlags(command, argv);
  if (flags.asks) return { kind: flags.asks };
  const variables = readVariables(command, env);
  const given = new Map([...variables.given, ...flags.given]);
  const understood = understand(command.table, given);
  const mistakes = [
    ...flags.mistakes,
    ...variables.mistakes,
    ...understood.mistakes,
    ...misfits(command.checks, understood.values as ValuesOf<T>, given),
  ];
  if (mistakes.length > 0) return { kind: "mistakes", mistakes };
  return { kind: "settings", settings: command.complete(understood.values as ValuesOf<T>) };
}

/** `values` lacks the settings that were not understood. */
function understand(table: Table, given: ReadonlyMap<string, Given>) {
  const values: Record<string, unknown> = {};
  const mistakes: Mistake[] = [];
  for (const [key, setting] of Object.entries(table)) {
    const said = given.get(key) ?? byDefault(setting);
    const parsed = said ? setting.parse(said.text) : { value: null };
    if ("value" in parsed) values[key] = parsed.value;
    else if (said) mistakes.push({ where: said.where, given: said.secret ? null : said.text, wrong: parsed.wrong });
  }
  return { values, mistakes };
}

function byDefault(setting: Setting): Given | null {
  return setting.default === null ? null : { where: "the default", text: setting.default };
}

function misfits<V extends object>(
  checks: readonly Check<V>[],
  values: V,
  given: ReadonlyMap<string, Given>,
): Mistake[] {
  const answerable = checks.filter((check) => check.reads.every((key) => Object.hasOwn(values, key)));
  return answerable.flatMap((check) => {
    const wrong = check.wrong(values);
    if (wrong === null) return [];
    const said = given.get(check.about);
    return [{ where: said?.where ?? flagOf(check.about), given: null, wrong }];
  });
}
