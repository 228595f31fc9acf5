import { type Command, type Table, VARIABLE_PREFIX, variableOf } from "./setting.ts";
import type { Given, Mistake } from "./setting_error.ts";
import { closest } from "./suggestion.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface VariablesRead {
  readonly given: Map<string, Given>;
  readonly mistakes: Mistake[];
}

type VariablesOf = Pick<Command<Table, unknown>, "table" | "beside" | "prefix">;

/** What the environment says; an empty variable says nothing. */
export function readVariables(command: VariablesOf, env: Environment): VariablesRead {
  const { table, beside = {}, prefix = VARIABLE_PREFIX } = command;
  const others = new Set(Object.keys(beside).map((key) => variableOf(key, prefix)));
  const settings = Object.entries(table).filter(([, setting]) => setting.only !== "flag");
  const keys = new Map(settings.map(([key]) => [variableOf(key, prefix), key]));
  const given = new Map<string, Given>();
  const mistakes: Mistake[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(prefix) || !text || isServiceLink(name, text)) continue;
    const key = keys.get(name);
    if (key !== undefined) given.set(key, { where: name, text, secret: table[key]?.only === "variable" });
    else if (!others.has(name)) mistakes.push(unknownVariable(name, keys, prefix));
  }
  return { given, mistakes };
}

function unknownVariable(name: string, keys: ReadonlyMap<string, string>, prefix: string): Mistake {
  // Likeness is in what follows the prefix; with it, all our variables are alike.
  const endings = [...keys.keys()].map((known) => known.slice(prefix.length));
  const meant = closest(name.slice(prefix.length), endings);
  const hint = meant ? `did you mean ${prefix}${meant}?` : "--help lists all variables";
  return { where: name, given: null, wrong: `is unknown here; ${hint}` };
}

/**
 * Kubernetes puts variables for every Service of a namespace into its pods: a Service called `global-cluster` makes
 * GLOBAL_CLUSTER_PORT=tcp://10.0.0.7:80 and six more (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
function isServiceLink(name: string, text: string): boolean {
  if (/_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name)) return true;
  return name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(text);
}
