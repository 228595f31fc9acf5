import { DEFAULT_COUNTER } from "../names.ts";
import type { CounterRules } from "./counter_rules.ts";

/** What a request without a token may do: count and read, only read, or nothing. */
export const ANONYMOUS_RIGHTS = ["count", "read", "none"] as const;
export type AnonymousRight = (typeof ANONYMOUS_RIGHTS)[number];

/** Whose hits may create a counter. */
export const CREATORS = ["anyone", "token", "nobody"] as const;
export type Creator = (typeof CREATORS)[number];

/** What the settings allow. */
export interface AccessPolicy {
  readonly anonymous: CounterRules<AnonymousRight>;
  /** Most hits that a request without a token may count. */
  readonly maxBy: CounterRules<number>;
  readonly create: CounterRules<Creator>;
}

/** What a node allows without settings. */
export const USUAL_POLICY: AccessPolicy = {
  anonymous: { usual: "count", named: new Map() },
  maxBy: { usual: 1, named: new Map() },
  create: { usual: "anyone", named: new Map() },
};

/**
 * Counters that always have a place: `visits`, and those that the settings name. No rate limits their first hit, and no other names may take
 * their room in the ledger. `counters`: the only ones that may exist; null: any.
 */
export function reservedCounters(
  counters: ReadonlySet<string> | null,
  create: CounterRules<Creator>,
): ReadonlySet<string> {
  if (counters !== null) return counters;
  const named = [...create.named].filter(([pattern, creator]) => !pattern.endsWith("*") && creator === "anyone");
  return new Set([DEFAULT_COUNTER, ...named.map(([name]) => name)]);
}
