import type Router from "@koa/router";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { grouped } from "../page/browser/format.js";
import { imageCounterName } from "../query.ts";
import { readLook, type ShieldsJson } from "./look.ts";
import { totalOf } from "./shown_number.ts";

/** Badges that shields.io draws. */
export function routeShieldsBadges(router: Router, { counting, gate }: { counting: Counting; gate: Gate }): void {
  router.get("/badge/*name.json", (ctx) => {
    const counter = imageCounterName(ctx.params.name ?? "");
    gate.admitRead(gate.identify(ctx.req), counter);
    const { label, color, style } = readLook(ctx.querystring, counter);
    const message = grouped(totalOf(counting, counter));
    ctx.body = { schemaVersion: 1, label, message, color, style } satisfies ShieldsJson;
  });
}
