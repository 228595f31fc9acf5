import { type Command, flagOf, type Setting, type Table, variableOf } from "./setting.ts";

/** The output of `--help`. */
export function helpText<T extends Table, S>({ purpose, usage, table, prefix }: Command<T, S>): string {
  const settings = Object.entries(table).flatMap(([key, setting]) => [...rowLines(key, setting, prefix), ""]);
  const variables = Object.values(table).some(({ only }) => only !== "flag");
  return [
    purpose,
    "",
    `  ${usage} [--flag value]...`,
    "",
    ...(variables ? ["A setting is a flag or an environment variable. Flags win.", ""] : []),
    ...settings,
    "  --help, --version",
    "",
  ].join("\n");
}

function rowLines(key: string, setting: Setting, prefix: string | undefined): string[] {
  const { flag, variable } = namesOf(key, setting, prefix);
  const value = defaultText(setting);
  return [
    `  ${[flag, variable].filter((name) => name !== null).join(", ")}`,
    `      ${setting.help}${value === null ? "" : ` (default: ${value})`}`,
  ];
}

/** A setting's flag with its placeholder, and its variable. Null: it has none. */
export function namesOf(key: string, { placeholder, only }: Setting, prefix: string | undefined) {
  const flag = placeholder === null ? flagOf(key) : `${flagOf(key)} <${placeholder}>`;
  return { flag: only === "variable" ? null : flag, variable: only === "flag" ? null : variableOf(key, prefix) };
}

/** Null for a switch: its default, off, needs no words. */
export function defaultText({ default: value, whenAbsent, placeholder }: Setting): string | null {
  return value ?? whenAbsent ?? (placeholder === null ? null : "none");
}
