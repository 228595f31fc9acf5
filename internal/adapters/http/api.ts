import type { IncomingMessage, ServerResponse } from "node:http";
import type Router from "@koa/router";
import Koa, { type Context, type Next } from "koa";
import type { Counting } from "../../ports/counting.ts";
import type { Logger } from "../../ports/logger.ts";
import { ClientGone } from "./body.ts";
import { leaveIfDraining } from "./connections/draining.ts";
import { isPreflight, type Origins } from "./origins.ts";
import { setPageHeaders } from "./page/page.ts";
import type { ProblemPages } from "./page/problem/problem_pages.ts";
import { closeIfSaid, PROBLEM_HEADERS, Problem, type ProblemFields, problemJson } from "./problem.ts";
import { ourFault, unknownPath, wrongMethod } from "./problems.ts";

export interface ApiDeps {
  readonly counting: Counting;
  readonly logger: Logger;
  readonly origins: Origins;
  /** Null: problems are never shown as pages. */
  readonly problemPages: ProblemPages | null;
}

/** Handles every request with the routes of `router`. */
export function createApi(deps: ApiDeps, router: Router): (req: IncomingMessage, res: ServerResponse) => void {
  const app = new Koa();
  app.use((ctx, next) => catchProblems(ctx, next, deps));
  app.use(router.routes());
  app.use((ctx) => respondUnrouted(ctx, router, deps.origins));
  app.on("error", (error: NodeJS.ErrnoException) => {
    if (!CLIENT_LEFT.has(error.code)) deps.logger.warn("response aborted", { error: error.message });
  });
  const handle = app.callback();
  return (req, res) => void handle(req, res);
}

/** Codes of connections that the client closed. They are normal, so they are not logged. */
const CLIENT_LEFT: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);

/** Paths that scripts of other sites may read. Metrics and pages are not among them. */
const FOR_OTHER_SITES = /^\/(?:v1|badge|digits|pixel)\/|^\/(?:count\.js|openapi\.json)$/;

async function catchProblems(ctx: Context, next: Next, deps: ApiDeps): Promise<void> {
  const { counting, logger, origins, problemPages } = deps;
  leaveIfDraining(ctx.res, counting);
  if (FOR_OTHER_SITES.test(ctx.path)) origins.allow(ctx);
  ctx.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
  try {
    await next();
  } catch (error) {
    if (error instanceof ClientGone) ctx.respond = false;
    else if (error instanceof Problem) respondWithProblem(ctx, error.fields, problemPages);
    else {
      logger.error("request failed", { path: ctx.path, error: String(error) });
      respondWithProblem(ctx, ourFault(), problemPages);
    }
  }
  // Again, because a body that was read to its end has kept the connection alive.
  leaveIfDraining(ctx.res, counting);
}

function respondWithProblem(ctx: Context, fields: ProblemFields, problemPages: ProblemPages | null): void {
  closeIfSaid(ctx.res, fields);
  ctx.status = fields.status;
  ctx.set({ ...PROBLEM_HEADERS, ...fields.headers });
  if (problemPages !== null && wantsPage(ctx)) {
    setPageHeaders(ctx);
    ctx.body = problemPages(ctx, fields);
  } else ctx.body = problemJson(fields);
}

/** Whether a person will see the response. A browser asks for HTML first only when it opens an address, not for what a page loads. */
function wantsPage(ctx: Context): boolean {
  return /^\s*text\/html\s*(?:[,;]|$)/.test(ctx.get("Accept"));
}

function respondUnrouted(ctx: Context, router: Router, origins: Origins): void {
  const found = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
  const methods = [...new Set(found)].sort();
  if (methods.length === 0) throw new Problem(unknownPath(ctx.path));
  if (!isPreflight(ctx)) throw new Problem(wrongMethod(ctx.method, ctx.path, methods));
  origins.respondToPreflight(ctx, methods);
}
