import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "koa";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting, HitOutcome } from "../../../ports/counting.ts";
import { leaveIfDraining } from "../connections/draining.ts";
import { acceptsGzip } from "../gzip/accepted.ts";
import { gzipAround } from "../gzip/pieces.ts";
import { uncountedHit } from "../problems.ts";
import { ReusedHead } from "../reused_head.ts";
import { type Assets, loadAssets } from "./assets.ts";
import { PreparedPages } from "./prepared_pages.ts";
import { type RenderedPage, unknownText, visitText } from "./render.ts";

/** The pages of the counters. They are rendered and compressed once per round. A request only adds the visitor's number. */
export interface Page {
  /** Counts one hit and responds with the counter's page: 200 if the hit was counted, otherwise the status of its refusal. */
  visit(counter: string, req: IncomingMessage, res: ServerResponse): void;
  /** Responds with the counter's page without counting. */
  show(counter: string, req: IncomingMessage, res: ServerResponse): void;
  /** The same with status 404: there is no such counter. `near`: one with a similar name, or null. */
  showUnknown(counter: string, req: IncomingMessage, res: ServerResponse, near: string | null): void;
  /** Responds like `visit`, without a body and without counting. */
  head(res: ServerResponse, exists: boolean): void;
  /** The files that the pages link. */
  readonly assets: Assets;
}

export function createPage(counting: Counting, clock: Clock): Page {
  const assets = loadAssets();
  const pages = new PreparedPages(counting, clock, assets);

  function respond(counter: string, res: ServerResponse, acceptsZip: boolean, outcome: HitOutcome): void {
    leaveIfDraining(res, counting);
    const page = pages.visited(counter);
    if (outcome.accepted) return send(res, 200, page, visitText(outcome.value.value, true), acceptsZip);
    const { status, headers } = uncountedHit(outcome.reason, counter);
    for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value);
    send(res, status, page, visitText(counting.read(counter)?.value ?? null, false), acceptsZip);
  }

  function showAs(
    status: number,
    counter: string,
    req: IncomingMessage,
    res: ServerResponse,
    textFor: (value: bigint | null) => string,
  ): void {
    leaveIfDraining(res, counting);
    const value = counting.read(counter)?.value ?? (counting.complete() ? 0n : null);
    send(res, status, pages.visited(counter), textFor(value), acceptsGzip(req.headers["accept-encoding"]));
  }

  return {
    visit(counter, req, res) {
      const acceptsZip = acceptsGzip(req.headers["accept-encoding"]);
      counting.hit(counter, 1, (outcome) => respond(counter, res, acceptsZip, outcome));
    },
    show: (counter, req, res) => showAs(200, counter, req, res, (value) => visitText(value, false)),
    showUnknown: (counter, req, res, near) => showAs(404, counter, req, res, (value) => unknownText(value, near)),
    head: (res, exists) => void res.writeHead(exists ? 200 : 404, [...PAGE_HEADERS, ...VARY]).end(),
    assets,
  };
}

/** No inline code, nothing from other origins, and no framing by other sites. */
export const POLICY = [
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

/** Names and values alternate. */
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

/** Sets the headers of pages that koa sends. */
export function setPageHeaders(ctx: Context): void {
  for (let at = 0; at < PAGE_HEADERS.length; at += 2) ctx.set(PAGE_HEADERS[at] ?? "", PAGE_HEADERS[at + 1] ?? "");
}

const VARY = ["Vary", "Accept-Encoding"];
const PLAIN = [...PAGE_HEADERS, ...VARY];
const ZIPPED = [...PLAIN, "Content-Encoding", "gzip"];
const PLAIN_HEAD = new ReusedHead(PLAIN);
const ZIPPED_HEAD = new ReusedHead(ZIPPED);

/** Sends the page as text, or as one gzip stream to clients that accept it. Only `visit` is not prepared. */
function send(res: ServerResponse, status: number, page: RenderedPage, visit: string, acceptsZip: boolean): void {
  const { before, after } = page;
  // Plus instead of join: the engine copies added strings only once, when they are sent.
  const body = acceptsZip ? gzipAround(before, visit, after) : before.text + visit + after.text;
  if (status === 200) return (acceptsZip ? ZIPPED_HEAD : PLAIN_HEAD).end(res, body);
  const headers = acceptsZip ? ZIPPED : PLAIN;
  res.writeHead(status, [...headers, "Content-Length", String(body.length)]).end(body, "latin1");
}
