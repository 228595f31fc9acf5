import type { ServerResponse } from "node:http";
import { isCounterName } from "../../core/names.ts";
import type { CounterValue, Counting, HitOutcome } from "../../ports/counting.ts";
import { BoundedMap } from "./bounded_map.ts";
import { leaveIfDraining } from "./connections/draining.ts";
import type { Origins } from "./origins.ts";
import { type ProblemFields, sendProblem } from "./problem.ts";
import { uncountedHit } from "./problems.ts";

/** Responds with what a counter is now. */
export type Show = (res: ServerResponse, value: CounterValue) => void;

/** Responds with why nothing was counted. `counter`: for which one, if its name is valid. */
export type ShowProblem = (res: ServerResponse, fields: ProblemFields, counter?: string) => void;

/** The response to requests that count one hit of one counter. Whatever does not change from hit to hit is prepared in it. */
export class CountedResponse {
  readonly counter: string;
  readonly #counting: Counting;
  readonly #origins: Origins;
  readonly #show: Show;
  readonly #showProblem: ShowProblem;

  constructor(
    { counting, origins }: { counting: Counting; origins: Origins },
    counter: string,
    show: Show,
    showProblem: ShowProblem = (res, fields) => sendProblem(res, fields),
  ) {
    this.#counting = counting;
    this.#origins = origins;
    this.#show = show;
    this.#showProblem = showProblem;
    this.counter = counter;
  }

  send(res: ServerResponse, outcome: HitOutcome): void {
    leaveIfDraining(res, this.#counting);
    if (outcome.accepted) return this.#show(res, outcome.value);
    this.#origins.mark(res);
    this.#showProblem(res, uncountedHit(outcome.reason, this.counter), this.counter);
  }
}

/** Finds the response for a URL. Undefined: the URL is of another kind, or unusual, and the router must look at it. */
export type ResponseTo = (url: string) => CountedResponse | undefined;

/** Makes the value of a key once, and again only after many other keys. Undefined is not remembered. */
export function remembered<V>(make: (key: string) => V): (key: string) => V {
  const values = new BoundedMap<V>();
  return (key) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const made = make(key);
    if (made !== undefined) values.set(key, made);
    return made;
  };
}

/**
 * The counter's name in a URL that consists of `before`, the name, and `after`. Undefined for a name with %-escapes and for
 * what is no name: those are the router's.
 */
export function counterBetween(before: string, after: string, url: string): string | undefined {
  const name = textBetween(before, after, url);
  return name !== undefined && isCounterName(name) ? name : undefined;
}

/** The same for an image's URL: its query does not matter, nor does the case of its name. */
export function imageCounterBetween(before: string, after: string, url: string): string | undefined {
  const [path = ""] = url.split("?", 1);
  const name = textBetween(before, after, path)?.toLowerCase();
  return name !== undefined && isCounterName(name) ? name : undefined;
}

function textBetween(before: string, after: string, url: string): string | undefined {
  return url.startsWith(before) && url.endsWith(after) ? url.slice(before.length, -after.length) : undefined;
}
