import type Router from "@koa/router";
import { visitsOf } from "../../../core/visits/site_counters.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import type { Origins } from "../origins.ts";
import { grouped } from "../page/browser/format.js";
import { imageCounterName } from "../query.ts";
import type { Badges } from "./badges.ts";
import { countImage, problemsAsImages } from "./image_route.ts";
import { readBadge, readLook, type ShieldsJson } from "./look.ts";

interface BadgeRouteDeps {
  readonly counting: Counting;
  readonly origins: Origins;
  readonly gate: Gate;
  readonly badges: Badges;
}

/** Badges that only show, badges that shields.io draws, and what the fast path left: escaped names and mistakes. */
export function routeBadges(router: Router, deps: BadgeRouteDeps): void {
  const { counting, badges, gate } = deps;
  router.get("/badge/*name.svg", problemsAsImages(badges.showProblem), (ctx) => {
    const counter = imageCounterName(ctx.params.name ?? "");
    const { counts, ...look } = readBadge(ctx.querystring, counter);
    const badge = badges.of(counter, look);
    const token = gate.identify(ctx.req);
    gate.admitRead(token, counter);
    if (counts && gate.counts(token, counter) && ctx.method !== "HEAD") return countImage(ctx, deps, badge.counted);
    ctx.respond = false;
    badge.show(ctx.res, { value: shownValue(counting, look.ofVisits ? visitsOf(counter) : counter) });
  });
  router.get("/badge/*name.json", (ctx) => {
    const counter = imageCounterName(ctx.params.name ?? "");
    gate.admitRead(gate.identify(ctx.req), counter);
    const { label, color, style } = readLook(ctx.querystring, counter);
    const message = grouped(shownValue(counting, counter));
    ctx.body = { schemaVersion: 1, label, message, color, style } satisfies ShieldsJson;
  });
}

/** A counter that was never counted is 0, as soon as the node has heard a snapshot. */
function shownValue(counting: Counting, counter: string): bigint | null {
  const reading = counting.read(counter);
  if (reading !== undefined) return reading.value;
  return counting.cluster().ledger === null ? null : 0n;
}
