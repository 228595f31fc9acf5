import Router from "@koa/router";
import { DEFAULT_COUNTER } from "../../core/names.ts";
import type { Tokens } from "../../ports/access.ts";
import type { Adjusting } from "../../ports/adjusting.ts";
import type { Logger } from "../../ports/logger.ts";
import { type Gate, isAdmin } from "./access/gate.ts";
import { routeAdjusting } from "./adjusting/adjust_routes.ts";
import { Adjusters } from "./adjusting/adjusters.ts";
import { routeAdminPage } from "./admin_page/admin_page.ts";
import { type AdminDeps, routeAdmin } from "./admin_routes.ts";
import type { NumberImages } from "./badge/number_images.ts";
import { routeShieldsBadges } from "./badge/shields_route.ts";
import { routeHistoryPages } from "./charts/history_routes.ts";
import { clusterJson, publicClusterJson } from "./cluster_json.ts";
import type { CommitWaits } from "./commit_waits.ts";
import { routeCountScript } from "./count_script/count_script.ts";
import { routeEmbed } from "./embed/embed.ts";
import type { EventStreams } from "./events/streams.ts";
import { acceptsGzip } from "./gzip/accepted.ts";
import { routeHistory } from "./history/history_route.ts";
import type { PeriodHits } from "./history/period_hits.ts";
import { countHits } from "./hit_route.ts";
import { routeGo } from "./links/go_route.ts";
import { routeLinks } from "./links/link_routes.ts";
import { routeOpenapi } from "./openapi/openapi.ts";
import type { Origins } from "./origins.ts";
import { routeCountersPage } from "./page/counters_page.ts";
import type { Page } from "./page/page.ts";
import { routePages } from "./page_routes.ts";
import type { Pixel } from "./pixel/pixel.ts";
import { routePixel } from "./pixel/pixel_route.ts";
import { Problem } from "./problem.ts";
import { catchingUp, unknownCounter, wrongMethod } from "./problems.ts";
import { counterName, pageLimit, readQuery } from "./query.ts";
import { routeRobots } from "./robots.ts";
import { type CountersJson, readingJson, totalsJson } from "./totals_json.ts";
import type { Visits } from "./visits/visits.ts";

export interface RouterDeps extends AdminDeps {
  readonly adjusting?: Adjusting;
  /** Whether the admin page is here, for people who sign in. */
  readonly adminPage?: boolean;
  /** By default there are none. */
  readonly tokens?: Tokens | null;
  readonly logger: Logger;
  readonly page: Page;
  readonly events: EventStreams;
  readonly origins: Origins;
  readonly gate: Gate;
  readonly periodHits: PeriodHits;
  /** Badges and digits. */
  readonly images: readonly Pick<NumberImages<object>, "route">[];
  readonly pixel: Pixel;
  readonly visits: Visits;
  readonly waits: CommitWaits;
  readonly commitDeadline: number;
  /** Whether the admin side has an address of its own. */
  readonly adminElsewhere: boolean;
}

/** All routes. */
export function createRouter(deps: RouterDeps): Router {
  const router = new Router({ strict: true, sensitive: true });
  routeCounters(router, deps);
  const { adjusting, gate } = deps;
  if (adjusting) {
    const adjusters = new Adjusters((req) => gate.identify(req), false);
    routeAdjusting(router, { ...deps, adjusting, adjusters });
    routeLinks(router, { ...deps, adjusting, adjusters });
    routeGo(router, { ...deps, adjusting });
    if (deps.adminPage)
      routeAdminPage(router, { ...deps, adjusting, adjusters, assets: deps.page.assets, tokens: deps.tokens ?? null });
  }
  deps.visits.route(router);
  routeEvents(router, deps);
  if (deps.adminElsewhere) routePublicCluster(router, deps);
  else routeAdmin(router, deps);
  // Before pages: it has the shorter paths.
  routeEmbed(router, deps.page.assets);
  routePages(router, deps);
  routeHistoryPages(router, { ...deps, assets: deps.page.assets });
  routeCountersPage(router, { ...deps, assets: deps.page.assets });
  for (const images of deps.images) images.route(router, deps);
  routeShieldsBadges(router, deps);
  routePixel(router, deps);
  routeCountScript(router);
  routeOpenapi(router);
  routeRobots(router);
  return router;
}

function routeCounters(router: Router, deps: RouterDeps): void {
  const { counting, gate } = deps;
  router.post("/v1/counters/*name/hits", (ctx) => countHits(ctx, deps));
  routeHistory(router, deps);
  router.get("/v1/counters/*name", (ctx) => {
    const counter = counterName(ctx.params.name ?? "");
    // Nearly always, somebody meant to count.
    if (counter.endsWith("/hits") && !counting.knows(counter))
      throw new Problem(wrongMethod(ctx.method, ctx.path, ["POST"]));
    readQuery(ctx);
    gate.admitRead(gate.identify(ctx.req), counter);
    const reading = counting.read(counter);
    if (reading === undefined) throw new Problem(unknownCounter(counter));
    ctx.body = readingJson(reading);
  });
  router.get("/v1/counters", (ctx) => {
    const { after = "", limit: text } = readQuery(ctx, "after", "limit");
    const limit = pageLimit(text);
    if (counting.sum() !== null && !counting.complete()) throw new Problem(catchingUp());
    const found = counting.list(after === "" ? "" : counterName(after), limit + 1);
    const mayShow = gate.admitLists(gate.identify(ctx.req));
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.counter ?? null) : null;
    const shown = page.filter(({ counter }) => mayShow(counter));
    const version = counting.cluster().ledger?.version ?? null;
    ctx.body = { counters: shown.map(totalsJson), next, version } satisfies CountersJson;
  });
}

/** The cluster as pages show it, and the whole one for the token of an admin. */
function routePublicCluster(router: Router, { counting, clock, gate }: RouterDeps): void {
  router.get("/v1/cluster", (ctx) => {
    readQuery(ctx);
    const token = gate.identify(ctx.req);
    const mayShow = gate.admitLists(token);
    ctx.body = isAdmin(token) ? clusterJson(counting, clock) : publicClusterJson(counting, clock, mayShow);
  });
}

function routeEvents(router: Router, { events, gate }: RouterDeps): void {
  router.get("/v1/events", (ctx) => {
    const counter = counterName(readQuery(ctx, "counter").counter ?? DEFAULT_COUNTER);
    const zips = acceptsGzip(ctx.req.headers["accept-encoding"]);
    ctx.vary("Accept-Encoding");
    const token = gate.identify(ctx.req);
    if (ctx.method === "HEAD") {
      gate.admitRead(token, counter);
      events.head(ctx.res, zips);
    } else events.open(counter, ctx.res, zips, gate.admitStream(ctx.req, token, counter));
    // Not before `open`: if it throws, koa responds.
    ctx.respond = false;
  });
}
