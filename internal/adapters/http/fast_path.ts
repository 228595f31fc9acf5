import type { IncomingMessage, ServerResponse } from "node:http";
import { isCounterName } from "../../core/names.ts";
import type { CounterValue, Counting, HitOutcome } from "../../ports/counting.ts";
import { hasBody } from "./body.ts";
import { leaveIfDraining } from "./draining.ts";
import type { Page } from "./page/page.ts";
import { sendProblem } from "./problem.ts";
import { refusedHit } from "./refusals.ts";
import { totalText } from "./totals_json.ts";

/**
 * The two requests that come by the million, counted and answered before koa sees them: koa alone would cost 28% of what a bare
 * node:http server can do (DESIGN section 7). Everything here is written to allocate little per request.
 */
export interface FastPath {
  /** False when the request is not one of the two: it is untouched then. */
  take(req: IncomingMessage, res: ServerResponse): boolean;
}

/** Most URLs whose parsing is remembered; there are at most as many as counters, but strangers choose the names. */
const MOST_REMEMBERED = 1024;

export function createFastPath(counting: Counting, page: Page): FastPath {
  const answers = new Map<string, HitAnswer>();

  function answerFor(url: string): HitAnswer | undefined {
    const known = answers.get(url);
    if (known !== undefined) return known;
    const counter = counterIn(url);
    if (counter === undefined) return undefined;
    if (answers.size >= MOST_REMEMBERED) answers.clear();
    const answer = new HitAnswer(counting, counter);
    answers.set(url, answer);
    return answer;
  }

  return {
    take(req, res) {
      const url = req.url ?? "";
      if (url === "/" && req.method === "GET") page.visit(res);
      else if (req.method === "POST" && !hasBody(req)) {
        const answer = answerFor(url);
        if (answer === undefined) return false;
        counting.hit(answer.counter, 1, (outcome) => answer.send(res, outcome));
      } else return false;
      return true;
    },
  };
}

/** The answer to hits of one counter, with everything prepared that does not change from hit to hit. */
export class HitAnswer {
  readonly counter: string;
  readonly #counting: Counting;
  readonly #start: string;
  #committed: bigint | null = null;
  #middle = committedText(null);

  constructor(counting: Counting, counter: string) {
    this.#counting = counting;
    this.counter = counter;
    this.#start = `{"counter":${JSON.stringify(counter)},"value":`;
  }

  send(res: ServerResponse, outcome: HitOutcome): void {
    leaveIfDraining(res, this.#counting);
    if (outcome.accepted) sendJson(res, this.#text(outcome.value));
    else sendProblem(res, refusedHit(outcome.reason, this.counter));
  }

  #text({ value, committed, pending }: CounterValue): string {
    if (committed !== this.#committed) {
      this.#committed = committed;
      this.#middle = committedText(committed);
    }
    return `${this.#start}${totalText(value)}${this.#middle}${pending}}`;
  }
}

const HEADERS = ["Content-Type", "application/json", "Cache-Control", "no-store", "Content-Length", "0"];
const LENGTH_AT = 5;

function sendJson(res: ServerResponse, body: string): void {
  // writeHead copies the array into the header text before it returns, so that one array serves all.
  HEADERS[LENGTH_AT] = String(body.length);
  res.writeHead(200, HEADERS).end(body, "latin1");
}

function committedText(committed: bigint | null): string {
  return `,"committed":${totalText(committed)},"pending":`;
}

const BEFORE_NAME = "/v1/counters/";
const AFTER_NAME = "/hits";

/** Names written with %-escapes or wrongly are left to the router. */
function counterIn(url: string): string | undefined {
  if (!url.startsWith(BEFORE_NAME) || !url.endsWith(AFTER_NAME)) return undefined;
  const name = url.slice(BEFORE_NAME.length, -AFTER_NAME.length);
  return isCounterName(name) ? name : undefined;
}
