import { suggestion } from "../../../internal/core/suggestion.ts";
import { type Command, type Table, VARIABLE_PREFIX, variableOf } from "./setting.ts";
import type { Given, SettingError } from "./setting_error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ParsedVariables {
  readonly given: Map<string, Given>;
  readonly errors: SettingError[];
}

type VariablesOf = Pick<Command<Table, unknown>, "table" | "otherProgram" | "prefix">;

/** Parses the environment. An empty variable counts as not set. */
export function parseVariables(command: VariablesOf, env: Environment): ParsedVariables {
  const { table, otherProgram = {}, prefix = VARIABLE_PREFIX } = command;
  const ignored = new Set(Object.keys(otherProgram).map((key) => variableOf(key, prefix)));
  const settings = Object.entries(table).filter(([, setting]) => setting.only !== "flag");
  const keys = new Map(settings.map(([key]) => [variableOf(key, prefix), key]));
  const given = new Map<string, Given>();
  const errors: SettingError[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(prefix) || !text || isServiceLink(name, text)) continue;
    const key = keys.get(name);
    if (key !== undefined) given.set(key, { where: name, text, secret: table[key]?.only === "variable" });
    else if (!ignored.has(name)) errors.push(unknownVariable(name, keys, prefix));
  }
  return { given, errors };
}

function unknownVariable(name: string, keys: ReadonlyMap<string, string>, prefix: string): SettingError {
  // Without the prefix: with it, all our variables resemble each other.
  const endings = [...keys.keys()].map((known) => known.slice(prefix.length));
  const meant = suggestion(name.slice(prefix.length), endings);
  const hint = meant ? `did you mean ${prefix}${meant}?` : "--help lists all variables";
  return { where: name, given: null, problem: `is unknown; ${hint}` };
}

/**
 * Kubernetes adds variables for every Service of a namespace to its pods: a Service called `global-cluster` makes
 * GLOBAL_CLUSTER_PORT=tcp://10.0.0.7:80 and six more (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
function isServiceLink(name: string, text: string): boolean {
  if (/_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name)) return true;
  return name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(text);
}
