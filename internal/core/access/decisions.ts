import { countsVisitors } from "../visits/visitors.ts";
import { namedRule, ruleFor } from "./counter_rules.ts";
import type { AccessPolicy } from "./policy.ts";
import { isFor, type TokenEntry } from "./token_list.ts";

/** Why a request is refused that a token would allow; `nobody`, `visitors`: no token would. */
export type Refusal = "count" | "by" | "create" | "nobody" | "visitors" | "read";

export interface AskedHits {
  readonly counter: string;
  readonly by: number;
  /** Whether the counter exists, as far as this node knows. */
  readonly exists: boolean;
  /** The token of the request. Null: it has none. */
  readonly token: TokenEntry | null;
}

/** Why these hits may not be counted, or null. */
export function refusalOfHits({ anonymous, maxBy, create }: AccessPolicy, asked: AskedHits): Refusal | null {
  const { counter, by, exists, token } = asked;
  if (countsVisitors(counter)) return "visitors";
  const trusted = token !== null && isFor(token, counter);
  if (!trusted && ruleFor(anonymous, counter) !== "count") return "count";
  if (!trusted && by > ruleFor(maxBy, counter)) return "by";
  const creator = exists ? "anyone" : ruleFor(create, counter);
  if (creator === "nobody") return "nobody";
  return creator === "token" && !trusted ? "create" : null;
}

/** Whether one hit of a counter that exists needs no further look: the case of nearly all requests. */
export function countsFreely({ anonymous }: AccessPolicy, counter: string): boolean {
  return ruleFor(anonymous, counter) === "count" && !countsVisitors(counter);
}

/** Whether hits of a counter that exists may be counted. */
export function mayCount(policy: AccessPolicy, counter: string, token: TokenEntry | null): boolean {
  return countsFreely(policy, counter) || (token !== null && isFor(token, counter) && !countsVisitors(counter));
}

/** Whether opening the page of a counter that does not exist creates it: only where a rule names it. Links and robots open pages of any name. */
export function pageCreates({ create }: AccessPolicy, counter: string): boolean {
  return namedRule(create, counter) === "anyone";
}

/**
 * Whether a view of a site that exists may create the counter of its page. Who may create the site decides for its pages, too, unless a rule
 * names them.
 */
export function viewCreates({ create }: AccessPolicy, page: string, token: TokenEntry | null): boolean {
  const creator = namedRule(create, page) ?? "anyone";
  return creator === "anyone" || (creator === "token" && token !== null && isFor(token, page));
}

/** Whether a request may see `counter`. */
export function mayRead({ anonymous }: AccessPolicy, counter: string, token: TokenEntry | null): boolean {
  return ruleFor(anonymous, counter) !== "none" || (token !== null && isFor(token, counter));
}

/** Whether a request may see what is about all counters. */
export function mayReadLists({ anonymous }: AccessPolicy, token: TokenEntry | null): boolean {
  return anonymous.usual !== "none" || token !== null;
}
