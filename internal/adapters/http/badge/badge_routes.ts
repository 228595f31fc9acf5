import type Router from "@koa/router";
import type { Context } from "koa";
import type { Counting } from "../../../ports/counting.ts";
import { grouped } from "../page/browser/format.js";
import { counterName } from "../query.ts";
import { Badge, type BadgeParts } from "./badge.ts";
import { readBadge, readLook } from "./look.ts";

/** Badges that only show, those for shields.io to draw, and those that the fast path did not understand. */
export function routeBadges(router: Router, parts: BadgeParts): void {
  router.get("/badge/:name.svg", (ctx) => {
    const counter = counterName(ctx.params.name ?? "");
    const { counts, ...look } = readBadge(ctx.querystring, counter);
    answerBadge(ctx, parts, new Badge(parts, counter, look), counts && ctx.method !== "HEAD");
  });
  router.get("/badge/:name.json", (ctx) => {
    const counter = counterName(ctx.params.name ?? "");
    const { label, color, style } = readLook(ctx.querystring, counter);
    const message = grouped(shownValue(parts.counting, counter));
    ctx.body = { schemaVersion: 1, label, message, color, style };
  });
}

function answerBadge(ctx: Context, { counting, origins }: BadgeParts, badge: Badge, counts: boolean): void {
  const { counter } = badge.counted;
  if (counts) origins.mustAdmit(ctx);
  ctx.respond = false;
  if (counts) counting.hit(counter, 1, (outcome) => badge.counted.send(ctx.res, outcome));
  else badge.show(ctx.res, { value: shownValue(counting, counter) });
}

/** A counter that nobody has counted stands at 0 as soon as the node knows anything. */
function shownValue(counting: Counting, counter: string): bigint | null {
  const reading = counting.read(counter);
  if (reading !== undefined) return reading.value;
  return counting.cluster().ledger === null ? null : 0n;
}
