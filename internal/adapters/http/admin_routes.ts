import type Router from "@koa/router";
import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import { clusterJson } from "./cluster_json.ts";
import { Problem } from "./problem.ts";
import { catchingUp, directoryMissing, draining, uncountedHit } from "./problems.ts";
import { readQuery } from "./query.ts";

/** The metrics as text, from the metrics adapter. */
export interface Scrape {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface AdminDeps {
  readonly counting: Counting;
  readonly metrics: Scrape;
  readonly clock: Clock;
}

/** The admin side: for those who run the node, and for nobody else. */
export function routeAdmin(router: Router, { counting, metrics, clock }: AdminDeps): void {
  router.get("/v1/cluster", (ctx) => {
    readQuery(ctx);
    ctx.body = clusterJson(counting, clock);
  });
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
    if (counting.catchingUp()) throw new Problem(catchingUp());
    if (counting.refusing()) throw new Problem(directoryMissing());
    ctx.body = "ready\n";
  });
}
