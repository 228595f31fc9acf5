import { type Command, flagOf, type Setting, type Table, variableOf } from "./setting.ts";

/** The answer to `--help`. */
export function helpText<T extends Table, S>(command: Command<T, S>): string {
  const settings = Object.entries(command.table).flatMap(([key, setting]) => [
    ...row(key, setting, command.prefix),
    "",
  ]);
  const variables = Object.values(command.table).some(({ only }) => only !== "flag");
  return [
    command.purpose,
    "",
    `  ${command.usage} [--flag value]...`,
    "",
    ...(variables ? ["Every setting is a flag and a variable of the environment; flags win.", ""] : []),
    ...settings,
    "  --help, --version",
    "",
  ].join("\n");
}

function row(key: string, setting: Setting, prefix: string | undefined): string[] {
  const flag = setting.placeholder === null ? flagOf(key) : `${flagOf(key)} <${setting.placeholder}>`;
  const names = [setting.only === "variable" ? null : flag, setting.only === "flag" ? null : variableOf(key, prefix)];
  // A switch that nobody turns on says nothing.
  const otherwise = setting.default ?? setting.otherwise ?? (setting.placeholder === null ? null : "none");
  const preset = otherwise === null ? "" : ` (default: ${otherwise})`;
  return [`  ${names.filter((name) => name !== null).join(", ")}`, `      ${setting.help}${preset}`];
}
