import type { ParseResult } from "../settings/read/parse.ts";
import { type Table, variableOf } from "../settings/read/setting.ts";
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
export function environmentOf(table: Table, env: Environment): Environment {
  const names = Object.entries(table).flatMap(([key, { only }]) => (only === "flag" ? [] : [variableOf(key)]));
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
