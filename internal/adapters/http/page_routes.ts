import type Router from "@koa/router";
import type { Context } from "koa";
import type { Origins } from "./origins.ts";
import type { Page } from "./page/page.ts";
import { Problem } from "./problem.ts";
import { unknownPath } from "./problems.ts";
import { counterName, DEFAULT_COUNTER } from "./query.ts";

/** Pages that the fast path leaves: HEAD, escaped names, and any query, because links may carry one. And the files of pages. */
export function routePages(router: Router, deps: { readonly page: Page; readonly origins: Origins }): void {
  const { page } = deps;
  router.get("/", (ctx) => show(ctx, deps, DEFAULT_COUNTER));
  router.get("/c/:name", (ctx) => show(ctx, deps, counterName(ctx.params.name ?? "")));
  router.get("/assets/:file", (ctx) => sendAsset(ctx, page));
}

function show(ctx: Context, { page, origins }: { page: Page; origins: Origins }, counter: string): void {
  if (ctx.method !== "HEAD") origins.mustAdmitVisit(ctx);
  ctx.respond = false;
  if (ctx.method === "HEAD") page.head(ctx.res);
  else page.visit(counter, ctx.req, ctx.res);
}

function sendAsset(ctx: Context, page: Page): void {
  const asset = page.assets.find(ctx.params.file ?? "");
  if (asset === undefined) throw new Problem(unknownPath(ctx.path));
  const zipped = ctx.acceptsEncodings("gzip", "identity") === "gzip" ? asset.zipped : null;
  ctx.set({ "Content-Type": asset.type, "Cache-Control": asset.cacheControl });
  ctx.set({ Vary: "Accept-Encoding", "Cross-Origin-Resource-Policy": "same-origin" });
  if (zipped !== null) ctx.set("Content-Encoding", "gzip");
  ctx.body = zipped ?? asset.bytes;
}
