import type { ServerResponse } from "node:http";
import type { Logger } from "../../../ports/logger.ts";
import { remembered, type ShowProblem } from "../counted_response.ts";
import { type ProblemFields, sendProblem } from "../problem.ts";
import { ourFault } from "../problems.ts";
import { BADGE_HEADERS, PROBLEM_IMAGE_STATUS, problemHeader } from "./image_headers.ts";
import { UNWRITABLE } from "./look.ts";
import { drawBadge } from "./template.ts";

const LONGEST_REASON = 80;
const LOOK = { label: "not counted", color: "red", style: "flat" } as const;

/** Responds with a badge that says why nothing was counted. */
export function createProblemBadge(logger: Logger): ShowProblem {
  const drawn = remembered((reason) => drawBadge(LOOK, reason));
  return (res, fields) => {
    drawn(reasonIn(fields))
      .then((svg) => send(res, svg, fields))
      .catch((error: unknown) => {
        logger.error("problem badge not drawn", { error: String(error) });
        sendProblem(res, ourFault());
      });
  };
}

/** What a badge has room for. Of a bad query, the title does not say which parameter is wrong. */
function reasonIn({ kind, title, detail }: ProblemFields): string {
  const reason = kind === "bad-query" ? detail : title;
  return reason.slice(0, LONGEST_REASON).replace(UNWRITABLE, "?");
}

function send(res: ServerResponse, svg: string, fields: ProblemFields): void {
  const headers = [...BADGE_HEADERS, ...problemHeader(fields), "Content-Length", String(svg.length)];
  res.writeHead(PROBLEM_IMAGE_STATUS, headers).end(svg, "latin1");
}
