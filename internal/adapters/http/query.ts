import { parse } from "node:querystring";
import type { Context } from "koa";
import { isCounterName } from "../../core/names.ts";
import { Problem } from "./problem.ts";
import { badName, badQuery } from "./problems.ts";

/** The counter that pages and events show when none is named. */
export const DEFAULT_COUNTER = "visits";

/**
 * The query's parameters, each at most once. Unknown ones are refused: a `?by=3` that is silently taken for one hit helps
 * nobody. Throws Problem.
 */
export function readParameters<Name extends string>(query: string, ...allowed: Name[]): Partial<Record<Name, string>> {
  const remedy = allowed.length === 0 ? "Leave the query out." : `Use ${allowed.join(", ")}, each at most once.`;
  const given = parse(query);
  for (const [name, value] of Object.entries(given)) {
    if (!allowed.some((one) => one === name))
      throw new Problem(badQuery(`There is no parameter ${JSON.stringify(name)} here.`, remedy));
    if (Array.isArray(value)) throw new Problem(badQuery(`${JSON.stringify(name)} comes more than once.`, remedy));
  }
  return given as Partial<Record<Name, string>>;
}

/** The same for a request's query. Throws Problem. */
export function readQuery<Name extends string>(ctx: Context, ...allowed: Name[]): Partial<Record<Name, string>> {
  return readParameters(ctx.querystring, ...allowed);
}

/** Throws Problem. */
export function counterName(name: string): string {
  if (!isCounterName(name)) throw new Problem(badName(name));
  return name;
}

const LARGEST_PAGE = 1000;
/** Counters on a page of their list. */
export const USUAL_PAGE = 100;

/** Throws Problem. */
export function pageLimit(text: string | undefined): number {
  if (text === undefined) return USUAL_PAGE;
  const limit = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= LARGEST_PAGE) return limit;
  throw new Problem(badQuery(`limit is ${JSON.stringify(text)}.`, `Use a whole number from 1 to ${LARGEST_PAGE}.`));
}

/** Whether the answer is to wait for the transaction. Throws Problem. */
export function waitsForCommit(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (text === "committed") return true;
  throw new Problem(badQuery(`wait is ${JSON.stringify(text)}.`, "Use wait=committed, or leave it out."));
}
