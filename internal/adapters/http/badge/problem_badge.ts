import type { ServerResponse } from "node:http";
import type { Logger } from "../../../ports/logger.ts";
import { remembered, type ShowProblem } from "../counted_response.ts";
import { type ProblemFields, sendProblem } from "../problem.ts";
import { ourFault } from "../problems.ts";
import { BADGE_HEADERS, PROBLEM_IMAGE_STATUS, problemHeader } from "./image_headers.ts";
import { UNWRITABLE } from "./look.ts";
import { drawBadge } from "./template.ts";

const LONGEST_REASON = 80;
const UNCOUNTED = "not counted";

/** Responds with a badge that says why nothing was counted. */
export function createProblemBadge(logger: Logger): ShowProblem {
  const drawn = remembered((key) => drawProblem(...(JSON.parse(key) as [string, string?])));
  return (res, fields, counter) => {
    drawn(JSON.stringify([reasonIn(fields), counter]))
      .then((svg) => send(res, svg, fields))
      .catch((error: unknown) => {
        logger.error("problem badge not drawn", { error: String(error) });
        sendProblem(res, ourFault());
      });
  };
}

/** With several badges on a page, people see which one it is by the name. */
function drawProblem(reason: string, counter: string | null = null): Promise<string> {
  const look = { label: counter ?? UNCOUNTED, color: "red", style: "flat" } as const;
  return drawBadge(look, counter === null ? reason : `${UNCOUNTED}: ${reason}`);
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
