import type { ServerResponse } from "node:http";
import { isCounterName } from "../../core/names.ts";
import type { CounterValue, Counting, HitOutcome } from "../../ports/counting.ts";
import { leaveIfDraining } from "./connections/draining.ts";
import type { Origins } from "./origins.ts";
import { sendProblem } from "./problem.ts";
import { uncountedHit } from "./problems.ts";

/** Answers with what a counter is now. */
export type Show = (res: ServerResponse, value: CounterValue) => void;

/** The answer to requests that count one hit of one counter, with everything prepared that does not change from hit to hit. */
export class CountedResponse {
  readonly counter: string;
  readonly #counting: Counting;
  readonly #origins: Origins;
  readonly #show: Show;

  constructor({ counting, origins }: { counting: Counting; origins: Origins }, counter: string, show: Show) {
    this.#counting = counting;
    this.#origins = origins;
    this.counter = counter;
    this.#show = show;
  }

  send(res: ServerResponse, outcome: HitOutcome): void {
    leaveIfDraining(res, this.#counting);
    if (outcome.accepted) return this.#show(res, outcome.value);
    this.#origins.mark(res);
    sendProblem(res, uncountedHit(outcome.reason, this.counter));
  }
}

/** The answer to a URL. Undefined: it is none of these, or has something unusual in it that the router has to look at. */
export type ResponseTo = (url: string) => CountedResponse | undefined;

/** Most URLs whose parsing is remembered; there are at most as many as counters, but strangers choose the names. */
const MOST_REMEMBERED = 1024;

/** The first answer that one of these has, found only once for each URL. */
export function remembered(found: readonly ResponseTo[]): ResponseTo {
  const answers = new Map<string, CountedResponse>();
  return (url) => {
    const known = answers.get(url);
    if (known !== undefined) return known;
    const answer = firstOf(found, url);
    if (answer === undefined) return undefined;
    if (answers.size >= MOST_REMEMBERED) answers.clear();
    answers.set(url, answer);
    return answer;
  };
}

function firstOf(found: readonly ResponseTo[], url: string): CountedResponse | undefined {
  for (const answerTo of found) {
    const answer = answerTo(url);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** The counter's name in a URL that is `before`, the name, and `after`. Names written with %-escapes or wrongly are left to the router. */
export function counterBetween(before: string, after: string, url: string): string | undefined {
  if (!url.startsWith(before) || !url.endsWith(after)) return undefined;
  const name = url.slice(before.length, -after.length);
  return isCounterName(name) ? name : undefined;
}
