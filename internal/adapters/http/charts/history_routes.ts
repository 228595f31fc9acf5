import { createHash } from "node:crypto";
import type Router from "@koa/router";
import type { Context } from "koa";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { oneOf } from "../badge/words.ts";
import { acceptsGzip } from "../gzip/accepted.ts";
import { daysNotRead, noDaysYet } from "../history/history_problems.ts";
import { asciiHtml } from "../page/ascii_html.ts";
import type { Assets } from "../page/assets.ts";
import { setPageHeaders } from "../page/page.ts";
import { Problem } from "../problem.ts";
import { unknownCounter } from "../problems.ts";
import { counterName, readQuery } from "../query.ts";
import { CHART_STYLE } from "./chart_svg.ts";
import { historyPage } from "./history_page.ts";
import { type HitsChart, hitsChart } from "./hits_chart.ts";
import { hitsCsv } from "./hits_csv.ts";
import { KeptCharts, SentText } from "./kept_charts.ts";

interface HistoryDeps {
  readonly counting: Counting;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly assets: Assets;
}

/** `GET /history/{name}?by=&as=`: the hits of a counter by hour or day, as a page, an image or CSV. It counts nothing. */
export function routeHistoryPages(router: Router, { counting, clock, gate, assets }: HistoryDeps): void {
  const charts = new KeptCharts(counting, clock);
  router.get("/history/*name", (ctx) => {
    const counter = counterName(ctx.params.name ?? "");
    const query = readQuery(ctx, "by", "as", "size");
    const by = oneOf("by", query.by, "hour", "day");
    const as = oneOf("as", query.as, "page", "svg", "csv");
    const size = oneOf("size", query.size, "wide", "medium", "narrow");
    gate.admitRead(gate.identify(ctx.req), counter);
    if (as === "svg") return sendSvg(ctx, charts.chart(counter, by, size));
    const chart = hitsChart(counting, counter, by, clock.wall());
    if (counting.read(counter) === undefined) throw new Problem(unknownCounter(counter));
    if (chart === "loading") throw new Problem(daysNotRead());
    if (chart === "upgrading") throw new Problem(noDaysYet());
    if (as === "csv") sendCsv(ctx, chart);
    else {
      setPageHeaders(ctx);
      sendText(ctx, asciiHtml(String(historyPage(chart, assets))));
    }
  });
}

const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(CHART_STYLE).digest("base64")}'; sandbox`;

function sendSvg(ctx: Context, chart: SentText): void {
  ctx.set({ "Content-Type": "image/svg+xml", "Content-Security-Policy": POLICY });
  ctx.set({ "Cross-Origin-Resource-Policy": "same-origin", "X-Robots-Tag": "noindex" });
  sendEither(ctx, chart);
}

function sendCsv(ctx: Context, chart: HitsChart): void {
  const file = `${chart.counter.replaceAll("/", "-")}-by-${chart.by}.csv`;
  ctx.set({ "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": `attachment; filename="${file}"` });
  sendText(ctx, hitsCsv(chart));
}

function sendText(ctx: Context, text: string): void {
  sendEither(ctx, new SentText(text));
}

function sendEither(ctx: Context, sent: SentText): void {
  ctx.vary("Accept-Encoding");
  const zips = acceptsGzip(ctx.req.headers["accept-encoding"]);
  if (zips) ctx.set("Content-Encoding", "gzip");
  ctx.body = zips ? sent.zipped : sent.text;
}
