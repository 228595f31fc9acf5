import type { IncomingMessage, ServerResponse } from "node:http";
import Router from "@koa/router";
import Koa, { type Context, type Next } from "koa";
import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import type { Logger } from "../../ports/logger.ts";
import { routeBadges } from "./badge/badge_routes.ts";
import { ClientGone } from "./body.ts";
import { clusterJson } from "./cluster_json.ts";
import { routeCountScript } from "./count_script/count_script.ts";
import { leaveIfDraining } from "./draining.ts";
import { routeEmbed } from "./embed/embed.ts";
import type { EventStreams } from "./events.ts";
import { acceptsGzip } from "./gzip/accepted.ts";
import { countHits } from "./hit_route.ts";
import { routeOpenapi } from "./openapi/openapi.ts";
import { isPreflight, type Origins } from "./origins.ts";
import type { Assets } from "./page/assets.ts";
import { routeCountersPage } from "./page/counters_page.ts";
import { type Page, setPageHeaders } from "./page/page.ts";
import { problemPage } from "./page/problem_page.ts";
import { routePages } from "./page_routes.ts";
import type { Pixel } from "./pixel.ts";
import { routePixel } from "./pixel_route.ts";
import { PROBLEM_HEADERS, Problem, type ProblemFields, problemJson } from "./problem.ts";
import { counterName, DEFAULT_COUNTER, pageLimit, readQuery } from "./query.ts";
import {
  directoryMissing,
  draining,
  ourFault,
  refusedHit,
  unknownCounter,
  unknownPath,
  wrongMethod,
} from "./refusals.ts";
import { readingJson, totalsJson } from "./totals_json.ts";
import { limitUnread } from "./unread_body.ts";

/** What the metrics adapter gives to be served. */
export interface Scrape {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface ApiParts {
  readonly counting: Counting;
  readonly metrics: Scrape;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly page: Page;
  readonly events: EventStreams;
  readonly origins: Origins;
  readonly pixel: Pixel;
  readonly commitDeadline: number;
}

/** Everything that the fast path does not take. */
export function createApi(parts: ApiParts): (req: IncomingMessage, res: ServerResponse) => void {
  const app = new Koa();
  const router = createRouter(parts);
  app.use(limitUnread);
  app.use((ctx, next) => answerProblems(ctx, next, parts));
  app.use(router.routes());
  app.use((ctx) => answerUnrouted(ctx, router, parts.origins));
  app.on("error", (error: NodeJS.ErrnoException) => {
    if (!CLIENT_LEFT.has(error.code)) parts.logger.warn("a response broke", { error: error.message });
  });
  const handle = app.callback();
  return (req, res) => void handle(req, res);
}

/** Every path that there is. */
export function createRouter(parts: ApiParts): Router {
  const router = new Router({ strict: true, sensitive: true });
  routeCounters(router, parts);
  routeCluster(router, parts);
  routePages(router, parts.page);
  routeCountersPage(router, { counting: parts.counting, assets: parts.page.assets });
  routeBadges(router, parts);
  routePixel(router, parts);
  routeCountScript(router);
  routeOpenapi(router);
  routeEmbed(router, parts.page.assets);
  return router;
}

/** Clients come and go as they like: nothing to log. */
const CLIENT_LEFT: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);

function routeCounters(router: Router, parts: ApiParts): void {
  const { counting } = parts;
  router.post("/v1/counters/:name/hits", (ctx) => countHits(ctx, parts));
  router.get("/v1/counters/:name", (ctx) => {
    readQuery(ctx);
    const counter = counterName(ctx.params.name ?? "");
    const reading = counting.read(counter);
    if (reading === undefined) throw new Problem(unknownCounter(counter));
    ctx.body = readingJson(reading);
  });
  router.get("/v1/counters", (ctx) => {
    const { after = "", limit: text } = readQuery(ctx, "after", "limit");
    const limit = pageLimit(text);
    const found = counting.list(after === "" ? "" : counterName(after), limit + 1);
    const shown = found.slice(0, limit);
    const next = found.length > limit ? shown.at(-1)?.counter : null;
    ctx.body = { counters: shown.map(totalsJson), next };
  });
}

function routeCluster(router: Router, { counting, clock, metrics, events }: ApiParts): void {
  router.get("/v1/cluster", (ctx) => {
    readQuery(ctx);
    ctx.body = clusterJson(counting, clock);
  });
  router.get("/v1/events", (ctx) => {
    const counter = counterName(readQuery(ctx, "counter").counter ?? DEFAULT_COUNTER);
    const zips = acceptsGzip(ctx.req.headers["accept-encoding"]);
    ctx.vary("Accept-Encoding");
    if (ctx.method === "HEAD") events.head(ctx.res, zips);
    else events.open(counter, ctx.res, zips);
    // Only now: a stream that is refused is answered by koa.
    ctx.respond = false;
  });
  router.get("/metrics", async (ctx) => {
    ctx.type = metrics.contentType;
    ctx.body = await metrics.text();
  });
  router.get("/healthz", (ctx) => {
    if (!counting.healthy()) throw new Problem(refusedHit("halted", ""));
    ctx.body = "alive\n";
  });
  router.get("/readyz", (ctx) => {
    if (!counting.ready()) throw new Problem(draining());
    if (counting.refusing()) throw new Problem(directoryMissing());
    ctx.body = "ready\n";
  });
}

/** What scripts of other sites may read: not the metrics, nor the pages. */
const FOR_OTHER_SITES = /^\/(?:v1|badge|pixel)\/|^\/(?:count\.js|openapi\.json)$/;

async function answerProblems(ctx: Context, next: Next, parts: ApiParts): Promise<void> {
  const { counting, logger, origins, page } = parts;
  leaveIfDraining(ctx.res, counting);
  if (FOR_OTHER_SITES.test(ctx.path)) origins.answer(ctx);
  ctx.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
  try {
    await next();
  } catch (error) {
    if (error instanceof ClientGone) ctx.respond = false;
    else if (error instanceof Problem) answerProblem(ctx, error.fields, page.assets);
    else {
      logger.error("a request failed", { path: ctx.path, error: String(error) });
      answerProblem(ctx, ourFault(), page.assets);
    }
  }
}

function answerProblem(ctx: Context, fields: ProblemFields, assets: Assets): void {
  ctx.status = fields.status;
  ctx.set({ ...PROBLEM_HEADERS, ...fields.headers });
  if (wantsPage(ctx)) {
    setPageHeaders(ctx);
    ctx.body = problemPage(fields, assets);
  } else ctx.body = problemJson(fields);
}

/** A browser that goes to an address asks for HTML before all else; what a page or a program loads is not for people. */
function wantsPage(ctx: Context): boolean {
  return /^\s*text\/html\s*(?:[,;]|$)/.test(ctx.get("Accept"));
}

function answerUnrouted(ctx: Context, router: Router, origins: Origins): void {
  const found = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
  const methods = [...new Set(found)].sort();
  if (methods.length === 0) throw new Problem(unknownPath(ctx.path));
  if (!isPreflight(ctx)) throw new Problem(wrongMethod(ctx.method, ctx.path, methods));
  origins.answerPreflight(ctx, methods);
}
