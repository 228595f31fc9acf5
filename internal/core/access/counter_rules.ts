import { isCounterName, MAX_NAME_LENGTH } from "../names.ts";

/** A value for all counters, and others for those that a pattern names. */
export interface CounterRules<T> {
  readonly usual: T;
  /** By pattern: a counter's name, or the beginning of names with a `*` at its end. */
  readonly named: ReadonlyMap<string, T>;
}

const PREFIX = /^(?:[a-z0-9][a-z0-9._/-]*)?\*$/;

/** Whether `text` is a counter's name, or the beginning of names with a `*` at its end. `*` alone names all counters. */
export function isCounterPattern(text: string): boolean {
  return isCounterName(text) || (PREFIX.test(text) && text.length <= MAX_NAME_LENGTH);
}

/** Whether `pattern` names `counter`. */
export function matches(pattern: string, counter: string): boolean {
  return pattern.endsWith("*") ? counter.startsWith(pattern.slice(0, -1)) : pattern === counter;
}

/** The value of the longest pattern that names `counter`; undefined if none does. */
export function namedRule<T>({ named }: CounterRules<T>, counter: string): T | undefined {
  const exact = named.get(counter);
  if (exact !== undefined || named.size === 0) return exact;
  let longest = "";
  for (const pattern of named.keys())
    if (pattern.length > longest.length && matches(pattern, counter)) longest = pattern;
  return named.get(longest);
}

export function ruleFor<T>(rules: CounterRules<T>, counter: string): T {
  return namedRule(rules, counter) ?? rules.usual;
}
