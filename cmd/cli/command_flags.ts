import { helpText } from "../settings/read/help.ts";
import { type ParseResult, parseSettings } from "../settings/read/parse.ts";
import { type Command, type Table, variableOf } from "../settings/read/setting.ts";
import type { Environment } from "../settings/read/variables.ts";

/** The flags of one command. */
export interface CommandFlags<Options> {
  readonly usage: string;
  readonly purpose: string;
  readonly table: Table;
  readonly help: string;
  parse(argv: readonly string[], env: Environment): ParseResult<Options>;
}

/** The variables of a command's own settings: in a shell or a container, there may also be those of a node. */
function environmentOf(table: Table, env: Environment): Environment {
  const names = Object.entries(table).flatMap(([key, { only }]) => (only === "flag" ? [] : [variableOf(key)]));
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** The flags of a command with the settings `O`. */
export function flagsOf<T extends Table, O>(command: Command<T, O>): CommandFlags<O> {
  const { usage, purpose, table } = command;
  const parse = (argv: readonly string[], env: Environment) => parseSettings(command, argv, environmentOf(table, env));
  return { usage, purpose, table, help: helpText(command), parse };
}
