/** A setting's text, understood; or a sentence that says what may stand there ("must be ..."). */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string };
export type Parse<T> = (text: string) => Parsed<T>;

/** One row of a command's table. Its key (`peerPort`) names its flag (`--peer-port`) and its variable (`GLOBAL_CLUSTER_PEER_PORT`). */
export interface Setting<T = unknown> {
  /** What stands for the value in the help text; null: a switch, which takes none. */
  readonly placeholder: string | null;
  readonly parse: Parse<T>;
  /** As one would write it; null: the value is null when nobody gives one. */
  readonly default: string | null;
  /** What holds when there is no fixed default, for the help text. */
  readonly otherwise?: string;
  readonly help: string;
  /** Secrets stay out of flags (every user of the machine sees them), a person's yes stays out of the environment. */
  readonly only?: "flag" | "variable";
}

export type Table = Readonly<Record<string, Setting>>;

export type ValuesOf<T extends Table> = { readonly [K in keyof T]: ValueOf<T[K]> };
type ValueOf<S> = S extends { parse: Parse<infer T>; default: infer D } ? (D extends null ? T | null : T) : never;

/** Something that no single setting can tell. It is asked only when everything in `reads` was understood. */
export interface Check<V> {
  /** The setting to blame. */
  readonly about: keyof V & string;
  readonly reads: readonly (keyof V)[];
  /** What is wrong, or null. */
  wrong(values: V): string | null;
}

export interface Command<T extends Table, S> {
  /** How it is started: `npm run node --`. */
  readonly usage: string;
  readonly purpose: string;
  /** What its mistakes begin with; "Not started" unless given. */
  readonly undone?: string;
  /** What its variables begin with; VARIABLE_PREFIX unless given. */
  readonly prefix?: string;
  /** Settings of a program in whose environment it may be started: their variables mean nothing to it. */
  readonly beside?: Table;
  readonly table: T;
  readonly checks: readonly Check<ValuesOf<T>>[];
  /** Puts the values into the shape that the program works with. */
  complete(values: ValuesOf<T>): S;
}

/** Every variable of ours begins with it. The operator's, which hands some of a node's on, begin with more. */
export const VARIABLE_PREFIX = "GLOBAL_CLUSTER_";

export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function variableOf(key: string, prefix = VARIABLE_PREFIX): string {
  return prefix + key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
