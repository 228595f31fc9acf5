import type Router from "@koa/router";
import type { Counting } from "../../../ports/counting.ts";
import type { Origins } from "../origins.ts";
import { counterName, readQuery } from "../query.ts";
import type { Pixel } from "./pixel.ts";

/** Pixels that the fast path did not understand, and HEAD, which counts nothing. */
export function routePixel(router: Router, parts: { counting: Counting; origins: Origins; pixel: Pixel }): void {
  const { counting, origins, pixel } = parts;
  router.get("/pixel/:name.gif", (ctx) => {
    const answer = pixel.of(counterName(ctx.params.name ?? ""));
    readQuery(ctx);
    const counts = ctx.method !== "HEAD";
    if (counts) origins.mustAdmit(ctx);
    ctx.respond = false;
    if (counts) counting.hit(answer.counter, 1, (outcome) => answer.send(ctx.res, outcome));
    else pixel.show(ctx.res);
  });
}
