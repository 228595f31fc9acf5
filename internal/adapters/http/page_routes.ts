import type Router from "@koa/router";
import type { Context } from "koa";
import { DEFAULT_COUNTER } from "../../core/names.ts";
import type { Counting } from "../../ports/counting.ts";
import type { Gate } from "./access/gate.ts";
import { refuseKey } from "./keyed/key_header.ts";
import type { Origins } from "./origins.ts";
import type { Assets } from "./page/assets.ts";
import type { Page } from "./page/page.ts";
import { nearCounter } from "./page/problem/near_counter.ts";
import { Problem } from "./problem.ts";
import { unknownPath } from "./problems.ts";
import { counterName } from "./query.ts";

interface PageDeps {
  readonly counting: Counting;
  readonly page: Page;
  readonly gate: Gate;
  readonly origins: Origins;
}

/** Pages that the fast path leaves: HEAD, escaped names, any query, because links may carry one, and what is not simply counted. And the files of pages. */
export function routePages(router: Router, deps: PageDeps): void {
  router.get("/", (ctx) => show(ctx, deps, DEFAULT_COUNTER));
  router.get("/c/*name", (ctx) => show(ctx, deps, counterName(ctx.params.name ?? "")));
  routeAssets(router, deps.page.assets);
}

/** The files that pages link. */
export function routeAssets(router: Router, assets: Assets): void {
  router.get("/assets/:file", (ctx) => sendAsset(ctx, assets));
}

function show(ctx: Context, { counting, page, gate, origins }: PageDeps, counter: string): void {
  const token = gate.identify(ctx.req);
  if (ctx.method === "HEAD") {
    gate.admitRead(token, counter);
    page.head(ctx.res, gate.hasPage(counter));
  } else {
    refuseKey(ctx.req);
    origins.mustAdmitVisit(ctx);
    const visit = gate.admitPage(ctx.req, token, counter);
    if (visit === "counts") page.visit(counter, ctx.req, ctx.res);
    else if (visit === "shows") page.show(counter, ctx.req, ctx.res);
    else
      page.showUnknown(
        counter,
        ctx.req,
        ctx.res,
        nearCounter(counting, (name) => gate.shows(name), counter),
      );
  }
  // Not before: if the request is refused, koa responds.
  ctx.respond = false;
}

function sendAsset(ctx: Context, assets: Assets): void {
  const asset = assets.find(ctx.params.file ?? "");
  if (asset === undefined) throw new Problem(unknownPath(ctx.path));
  const zipped = ctx.acceptsEncodings("gzip", "identity") === "gzip" ? asset.zipped : null;
  ctx.set({ "Content-Type": asset.type, "Cache-Control": asset.cacheControl });
  ctx.set({ Vary: "Accept-Encoding", "Cross-Origin-Resource-Policy": "same-origin" });
  if (zipped !== null) ctx.set("Content-Encoding", "gzip");
  ctx.body = zipped ?? asset.bytes;
}
