import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "koa";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting, HitOutcome } from "../../../ports/counting.ts";
import { leaveIfDraining } from "../connections/draining.ts";
import { acceptsGzip } from "../gzip/accepted.ts";
import { gzipAround } from "../gzip/pieces.ts";
import { uncountedHit } from "../problems.ts";
import { type Assets, loadAssets } from "./assets.ts";
import { PreparedPages } from "./prepared_pages.ts";
import { type RenderedPage, visitText } from "./render.ts";

/** The pages for people, one for each counter. They are rendered and compressed once per round; only a visitor's number is put in per request. */
export interface Page {
  /** Counts one hit and answers with the counter's page: 200 if the hit is counted, the status of its refusal if not. */
  visit(counter: string, req: IncomingMessage, res: ServerResponse): void;
  /** Answers as `visit` would, without a body and without counting. */
  head(res: ServerResponse): void;
  /** The files that pages link. */
  readonly assets: Assets;
}

export function createPage(counting: Counting, clock: Clock): Page {
  const assets = loadAssets();
  const pages = new PreparedPages(counting, clock, assets);

  function answer(counter: string, res: ServerResponse, zips: boolean, outcome: HitOutcome): void {
    leaveIfDraining(res, counting);
    const page = pages.visited(counter);
    if (outcome.accepted) return send(res, 200, page, visitText(outcome.value.value, true), zips);
    const { status, headers } = uncountedHit(outcome.reason, counter);
    for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value);
    send(res, status, page, visitText(counting.read(counter)?.value ?? null, false), zips);
  }

  return {
    visit(counter, req, res) {
      const zips = acceptsGzip(req.headers["accept-encoding"]);
      counting.hit(counter, 1, (outcome) => answer(counter, res, zips, outcome));
    },
    head: (res) => void res.writeHead(200, [...PAGE_HEADERS, ...VARY]).end(),
    assets,
  };
}

/** Nothing inline, nothing from elsewhere, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Names and values in turn. */
const PAGE_HEADERS: readonly string[] = [
  ...["Content-Type", "text/html; charset=utf-8"],
  ...["Cache-Control", "no-store"],
  ...["Content-Security-Policy", POLICY],
  ...["X-Content-Type-Options", "nosniff"],
  ...["X-Robots-Tag", "noindex"],
  ...["Referrer-Policy", "no-referrer"],
  ...["Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
  ...["Cross-Origin-Opener-Policy", "same-origin"],
];

/** For pages that koa answers with. */
export function setPageHeaders(ctx: Context): void {
  for (let at = 0; at < PAGE_HEADERS.length; at += 2) ctx.set(PAGE_HEADERS[at] ?? "", PAGE_HEADERS[at + 1] ?? "");
}

const VARY = ["Vary", "Accept-Encoding"];
const PLAIN = [...PAGE_HEADERS, ...VARY, "Content-Length", "0"];
const ZIPPED = [...PAGE_HEADERS, ...VARY, "Content-Encoding", "gzip", "Content-Length", "0"];

/** The text, or for those who take it (`zips`) one gzip stream: `visit` alone is not prepared. */
function send(res: ServerResponse, status: number, page: RenderedPage, visit: string, zips: boolean): void {
  const { before, after } = page;
  // Not joined: added strings are copied once, when they are sent.
  const body = zips ? gzipAround(before, visit, after) : before.text + visit + after.text;
  const headers = zips ? ZIPPED : PLAIN;
  headers[headers.length - 1] = String(body.length);
  res.writeHead(status, headers).end(body, "latin1");
}
