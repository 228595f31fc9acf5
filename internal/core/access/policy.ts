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
