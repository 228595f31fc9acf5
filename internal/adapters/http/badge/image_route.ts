import type { Context, Middleware } from "koa";
import type { PeriodKind } from "../../../core/marks/period.ts";
import { isCounterName } from "../../../core/names.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import type { CountedResponse, ShowProblem } from "../counted_response.ts";
import { refuseKey } from "../keyed/key_header.ts";
import type { Origins } from "../origins.ts";
import { Problem } from "../problem.ts";
import { visitorOf } from "../visits/visitor.ts";

/** Shows a problem as an image, because a page that embeds an image shows nothing else. */
export function problemsAsImages(showProblem: ShowProblem): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      ctx.respond = false;
      const name = (ctx.params.name ?? "").toLowerCase();
      showProblem(ctx.res, error.fields, isCounterName(name) ? name : undefined);
    }
  };
}

/** Counts one hit and responds with its image. Throws Problem if the page that embeds it, or the request, may not count here. */
export function countImage(
  ctx: Context,
  { counting, origins, gate }: { counting: Counting; origins: Origins; gate: Gate },
  response: CountedResponse,
): void {
  refuseKey(ctx.req);
  origins.mustAdmit(ctx);
  gate.admitHits(ctx.req, gate.identify(ctx.req), response.counter, 1);
  ctx.respond = false;
  counting.hit(response.counter, 1, (outcome) => response.send(ctx.res, outcome));
}

/** Counts who asks for the image, once in the present period. The image does not wait for that. Throws Problem as `countImage` does. */
export function countVisitor(
  ctx: Context,
  { counting, origins, gate }: { counting: Counting; origins: Origins; gate: Gate },
  counter: string,
  period: PeriodKind,
): void {
  refuseKey(ctx.req);
  origins.mustAdmit(ctx);
  gate.admitHits(ctx.req, gate.identify(ctx.req), counter, 1);
  const visitor = visitorOf(ctx.req, gate);
  if (visitor !== null) counting.mark(counter, period, visitor);
}
