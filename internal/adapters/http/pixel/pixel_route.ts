import type Router from "@koa/router";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { countImage, problemsAsImages } from "../badge/image_route.ts";
import type { Origins } from "../origins.ts";
import { imageCounterName } from "../query.ts";
import type { Pixel } from "./pixel.ts";

/** Pixels that the fast path left: escaped names, bad names, and HEAD, which counts nothing. */
export function routePixel(
  router: Router,
  deps: { counting: Counting; origins: Origins; gate: Gate; pixel: Pixel },
): void {
  const { pixel } = deps;
  router.get("/pixel/*name.gif", problemsAsImages(pixel.showProblem), (ctx) => {
    const response = pixel.of(imageCounterName(ctx.params.name ?? ""));
    if (ctx.method !== "HEAD") return countImage(ctx, deps, response);
    ctx.respond = false;
    pixel.show(ctx.res);
  });
}
