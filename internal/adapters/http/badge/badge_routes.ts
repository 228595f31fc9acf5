import type Router from "@koa/router";
import type { Counting } from "../../../ports/counting.ts";
import type { Origins } from "../origins.ts";
import { grouped } from "../page/browser/format.js";
import { imageCounterName } from "../query.ts";
import type { Badges } from "./badges.ts";
import { countImage, problemsAsImages } from "./image_route.ts";
import { readBadge, readLook, type ShieldsJson } from "./look.ts";

/** Badges that only show, badges that shields.io draws, and what the fast path left: escaped names and mistakes. */
export function routeBadges(router: Router, deps: { counting: Counting; origins: Origins; badges: Badges }): void {
  const { counting, badges } = deps;
  router.get("/badge/:name.svg", problemsAsImages(badges.showProblem), (ctx) => {
    const counter = imageCounterName(ctx.params.name ?? "");
    const { counts, ...look } = readBadge(ctx.querystring, counter);
    const badge = badges.of(counter, look);
    if (counts && ctx.method !== "HEAD") return countImage(ctx, deps, badge.counted);
    ctx.respond = false;
    badge.show(ctx.res, { value: shownValue(counting, counter) });
  });
  router.get("/badge/:name.json", (ctx) => {
    const counter = imageCounterName(ctx.params.name ?? "");
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
