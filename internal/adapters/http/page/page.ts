import type { ServerResponse } from "node:http";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting, HitOutcome } from "../../../ports/counting.ts";
import { leaveIfDraining } from "../draining.ts";
import { stateMessage } from "../event_state.ts";
import { refusedHit } from "../refusals.ts";
import { type Assets, loadAssets } from "./assets.ts";
import { numberText, type RenderedPage, renderPage } from "./render.ts";

/** The pages for people, one for each counter. They are rendered once per round; only a visitor's number is put in per request. */
export interface Page {
  /** Counts one hit and answers with the counter's page: 200 if the hit is counted, the status of its refusal if not. */
  visit(counter: string, res: ServerResponse): void;
  /** Answers as `visit` would, without a body and without counting. */
  head(res: ServerResponse): void;
  /** The files that pages link. */
  readonly assets: Assets;
}

/** How old a rendered page may be, in milliseconds: its words hold ages, and a cluster without a leader has no rounds. */
const OLDEST = 1000;
/** Most pages that are kept ready at a time; strangers choose the names of counters. */
const MOST_KEPT = 100;

export function createPage(counting: Counting, clock: Clock): Page {
  const assets = loadAssets();
  const rendered = new Map<string, RenderedPage>();
  let renderedSince = 0;
  counting.onRound(() => rendered.clear());

  function current(counter: string): RenderedPage {
    if (clock.monotonic() - renderedSince >= OLDEST || rendered.size >= MOST_KEPT) rendered.clear();
    if (rendered.size === 0) renderedSince = clock.monotonic();
    const known = rendered.get(counter);
    if (known !== undefined) return known;
    const page = renderPage(counter, stateMessage(counting, clock, counter), assets);
    rendered.set(counter, page);
    return page;
  }

  function answer(counter: string, res: ServerResponse, outcome: HitOutcome): void {
    leaveIfDraining(res, counting);
    const { counted, uncounted } = current(counter);
    if (outcome.accepted) return send(res, 200, counted, outcome.value.value);
    const { status, headers } = refusedHit(outcome.reason, counter);
    for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value);
    send(res, status, uncounted, counting.read(counter)?.value ?? null);
  }

  return {
    visit: (counter, res) => counting.hit(counter, 1, (outcome) => answer(counter, res, outcome)),
    head: (res) => void res.writeHead(200, [...PAGE_HEADERS]).end(),
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
export const PAGE_HEADERS: readonly string[] = [
  ...["Content-Type", "text/html; charset=utf-8"],
  ...["Cache-Control", "no-store"],
  ...["Content-Security-Policy", POLICY],
  ...["X-Content-Type-Options", "nosniff"],
  ...["Referrer-Policy", "no-referrer"],
  ...["Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
  ...["Cross-Origin-Opener-Policy", "same-origin"],
];

const HEADERS = [...PAGE_HEADERS, "Content-Length", "0"];

/** The number goes between the parts, wherever the page has it. */
function send(res: ServerResponse, status: number, parts: readonly string[], total: bigint | null): void {
  const number = numberText(total);
  // Not joined: added strings are copied once, when they are sent.
  const html = parts.reduce((page, part) => page + number + part);
  HEADERS[HEADERS.length - 1] = String(html.length);
  res.writeHead(status, HEADERS).end(html, "latin1");
}
