import { parse } from "node:querystring";
import type { Context } from "koa";
import { isCounterName } from "../../core/names.ts";
import { Problem } from "./problem.ts";
import { badName, badQuery } from "./problems.ts";

/**
 * The parameters of a query, each at most once. Throws Problem, also for an unknown parameter: silently taking `?by=3` for one hit
 * would be a wrong count.
 */
export function readParameters<Name extends string>(query: string, ...allowed: Name[]): Partial<Record<Name, string>> {
  const unknown = Object.keys(parse(query)).find((name) => !allowed.some((one) => one === name));
  if (unknown === undefined) return knownParameters(query, ...allowed);
  throw new Problem(badQuery(`There is no parameter ${JSON.stringify(unknown)} here.`, remedyFor(allowed)));
}

/** Those parameters of a query that are in `names`, each at most once. Throws Problem. */
export function knownParameters<Name extends string>(query: string, ...names: Name[]): Partial<Record<Name, string>> {
  const given = parse(query);
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = given[name];
    if (Array.isArray(value)) throw new Problem(badQuery(`${name} comes more than once.`, remedyFor(names)));
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function remedyFor(allowed: readonly string[]): string {
  if (allowed.length === 0) return "Leave the query out.";
  return `Use only ${allowed.join(", ")}, ${allowed.length === 1 ? "" : "each "}at most once.`;
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

/** The name in an image's URL, in lower case: people copy the names of their repositories. Throws Problem. */
export function imageCounterName(name: string): string {
  return counterName(name.toLowerCase());
}

const MAX_PAGE_LENGTH = 1000;
/** Counters on a page of the list, by default. */
export const USUAL_PAGE = 100;

/** Throws Problem. */
export function pageLimit(text: string | undefined): number {
  if (text === undefined) return USUAL_PAGE;
  const limit = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_PAGE_LENGTH) return limit;
  throw new Problem(badQuery(`limit is ${JSON.stringify(text)}.`, `Use a whole number from 1 to ${MAX_PAGE_LENGTH}.`));
}

/** Whether the response must wait for the transaction. Throws Problem. */
export function waitsForCommit(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (text === "committed") return true;
  throw new Problem(badQuery(`wait is ${JSON.stringify(text)}.`, "Use wait=committed, or leave it out."));
}
