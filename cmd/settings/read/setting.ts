/** The value of a setting's text, or what the text must be instead ("must be ..."). */
/** `part`: the part of the text that is wrong, if it is not the whole. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string; readonly part?: string };
export type Parse<T> = (text: string) => Parsed<T>;

/** One row of a command's table. Its key (`peerPort`) names its flag (`--peer-port`) and its variable (`GLOBAL_CLUSTER_PEER_PORT`). */
export interface Setting<T = unknown> {
  /** Stands for the value in the help text. Null: a switch, which takes no value. */
  readonly placeholder: string | null;
  readonly parse: Parse<T>;
  /** As a person would write it. Null: the value is null unless given. */
  readonly default: string | null;
  /** What happens without a value, for the help text. Only for settings without a fixed default. */
  readonly whenAbsent?: string;
  readonly help: string;
  /** Every user of a machine can read its flags, so secrets must be variables. A confirmation must be a flag: a variable would outlive it. */
  readonly only?: "flag" | "variable";
  /** Whether errors must not repeat its value. Those that are only variables never do. */
  readonly secret?: true;
}

export type Table = Readonly<Record<string, Setting>>;

/** The values of a table: the one source of a program's settings. */
export type ValuesOf<T extends Table> = { readonly [K in keyof T]: ValueOf<T[K]> };
type ValueOf<S> = S extends { parse: Parse<infer T>; default: infer D } ? (D extends null ? T | null : T) : never;

/** A rule about several settings. It is checked only if every setting in `reads` was parsed. */
export interface Check<V> {
  /** The setting that the error names. */
  readonly about: keyof V & string;
  readonly reads: readonly (keyof V)[];
  /** Null: no problem. */
  problem(values: V): string | null;
}

export interface Command<T extends Table, S> {
  /** How a person starts it: `npm run node --`. */
  readonly usage: string;
  readonly purpose: string;
  /** First words of its setting errors. Default: "Not started". */
  readonly failure?: string;
  /** First part of its variables' names. Default: VARIABLE_PREFIX. */
  readonly prefix?: string;
  /** Settings of another program whose environment it may share. It ignores their variables. */
  readonly otherProgram?: Table;
  readonly table: T;
  readonly checks: readonly Check<ValuesOf<T>>[];
  /** Turns the values into the program's settings. */
  complete(values: ValuesOf<T>): S;
}

/** First part of all variables' names. The operator adds a word, because it passes a node's variables on. */
export const VARIABLE_PREFIX = "GLOBAL_CLUSTER_";

export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function variableOf(key: string, prefix = VARIABLE_PREFIX): string {
  return prefix + key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** `values` without the settings of `table`, for programs that combine those into one. */
export function without<V extends object, T extends Table>(values: V, table: T): Omit<V, keyof T> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !Object.hasOwn(table, key))) as Omit<V, keyof T>;
}
