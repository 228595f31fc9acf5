import type { IncomingMessage, ServerResponse } from "node:http";
import { isCounterName } from "../../core/names.ts";
import type { Counting } from "../../ports/counting.ts";
import { hasBody } from "./body.ts";
import { type AnswerTo, remembered } from "./counted_answer.ts";
import type { Origins } from "./origins.ts";
import type { Page } from "./page/page.ts";
import { DEFAULT_COUNTER } from "./query.ts";

/**
 * The requests that come by the million, counted and answered before koa sees them: koa alone would cost 28% of what a bare
 * node:http server can do. Everything here is written to allocate little per request.
 */
export interface FastPath {
  /** False when the request is none of these: it is untouched then. */
  take(req: IncomingMessage, res: ServerResponse): boolean;
}

export interface FastAnswers {
  /** To POST without a body. */
  readonly posts: readonly AnswerTo[];
  /** To GET; they are asked about every path, so they must tell quickly. */
  readonly gets: readonly AnswerTo[];
}

export function createFastPath(
  { counting, origins }: { counting: Counting; origins: Origins },
  page: Page,
  answers: FastAnswers,
): FastPath {
  const posts = remembered(answers.posts);
  const gets = remembered(answers.gets);

  function count(req: IncomingMessage, res: ServerResponse, answerTo: AnswerTo): boolean {
    const answer = answerTo(req.url ?? "");
    if (answer === undefined || !origins.answersAlike(req)) return false;
    counting.hit(answer.counter, 1, (outcome) => answer.send(res, outcome));
    return true;
  }

  return {
    take(req, res) {
      if (req.method === "POST") return !hasBody(req) && count(req, res, posts);
      if (req.method !== "GET") return false;
      const counter = pageCounter(req.url ?? "");
      if (counter === undefined) return count(req, res, gets);
      page.visit(counter, req, res);
      return true;
    },
  };
}

const BEFORE_NAME = "/c/";

/** The counter whose page is at `url`. */
function pageCounter(url: string): string | undefined {
  if (url === "/") return DEFAULT_COUNTER;
  if (!url.startsWith(BEFORE_NAME)) return undefined;
  const name = url.slice(BEFORE_NAME.length);
  return isCounterName(name) ? name : undefined;
}
