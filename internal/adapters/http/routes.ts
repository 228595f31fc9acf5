import Router from "@koa/router";
import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import type { Logger } from "../../ports/logger.ts";
import { routeBadges } from "./badge/badge_routes.ts";
import type { Badges } from "./badge/badges.ts";
import { clusterJson } from "./cluster_json.ts";
import { routeCountScript } from "./count_script/count_script.ts";
import { routeEmbed } from "./embed/embed.ts";
import type { EventStreams } from "./events/streams.ts";
import { acceptsGzip } from "./gzip/accepted.ts";
import { countHits } from "./hit_route.ts";
import { routeOpenapi } from "./openapi/openapi.ts";
import type { Origins } from "./origins.ts";
import { routeCountersPage } from "./page/counters_page.ts";
import type { Page } from "./page/page.ts";
import { routePages } from "./page_routes.ts";
import type { Pixel } from "./pixel/pixel.ts";
import { routePixel } from "./pixel/pixel_route.ts";
import { Problem } from "./problem.ts";
import { directoryMissing, draining, uncountedHit, unknownCounter } from "./problems.ts";
import { counterName, DEFAULT_COUNTER, pageLimit, readQuery } from "./query.ts";
import { routeRobots } from "./robots.ts";
import { type CountersJson, readingJson, totalsJson } from "./totals_json.ts";

/** The metrics as text, from the metrics adapter. */
export interface Scrape {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface ApiDeps {
  readonly counting: Counting;
  readonly metrics: Scrape;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly page: Page;
  readonly events: EventStreams;
  readonly origins: Origins;
  readonly badges: Badges;
  readonly pixel: Pixel;
  readonly commitDeadline: number;
}

/** All routes. */
export function createRouter(deps: ApiDeps): Router {
  const router = new Router({ strict: true, sensitive: true });
  routeCounters(router, deps);
  routeCluster(router, deps);
  routeOperating(router, deps);
  routePages(router, deps.page);
  routeCountersPage(router, { counting: deps.counting, assets: deps.page.assets });
  routeBadges(router, deps);
  routePixel(router, deps);
  routeCountScript(router);
  routeOpenapi(router);
  routeRobots(router);
  routeEmbed(router, deps.page.assets);
  return router;
}

function routeCounters(router: Router, deps: ApiDeps): void {
  const { counting } = deps;
  router.post("/v1/counters/:name/hits", (ctx) => countHits(ctx, deps));
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
    const next = found.length > limit ? (shown.at(-1)?.counter ?? null) : null;
    ctx.body = { counters: shown.map(totalsJson), next } satisfies CountersJson;
  });
}

function routeCluster(router: Router, { counting, clock, events }: ApiDeps): void {
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
    // Not before `open`: if it throws, koa responds.
    ctx.respond = false;
  });
}

/** For those who run the node. */
function routeOperating(router: Router, { counting, metrics }: ApiDeps): void {
  router.get("/metrics", async (ctx) => {
    ctx.type = metrics.contentType;
    ctx.body = await metrics.text();
  });
  router.get("/healthz", (ctx) => {
    if (!counting.healthy()) throw new Problem(uncountedHit("halted", ""));
    ctx.body = "alive\n";
  });
  router.get("/readyz", (ctx) => {
    if (!counting.ready()) throw new Problem(draining());
    if (counting.refusing()) throw new Problem(directoryMissing());
    ctx.body = "ready\n";
  });
}
