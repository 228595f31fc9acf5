import type { ServerResponse } from "node:http";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting, HitOutcome } from "../../../ports/counting.ts";
import { clusterJson, MOST_LISTED } from "../cluster_json.ts";
import { leaveIfDraining } from "../draining.ts";
import { DEFAULT_COUNTER } from "../query.ts";
import { refusedHit } from "../refusals.ts";
import { type Asset, loadAssets } from "./assets.ts";
import { numberText, type RenderedPage, renderPage } from "./render.ts";

/** The page for people. It is rendered once per round; only a visitor's number is put in per request. */
export interface Page {
  /** Counts one hit and answers with the page: 200 if the hit is counted, the status of its refusal if not. */
  visit(res: ServerResponse): void;
  /** Answers as `visit` would, without a body and without counting. */
  head(res: ServerResponse): void;
  /** A file that the page links, by the last part of its path. */
  asset(file: string): Asset | undefined;
}

/** How old a rendered page may be, in milliseconds: its words hold ages, and a cluster without a leader has no rounds. */
const OLDEST = 1000;

export function createPage(counting: Counting, clock: Clock): Page {
  const assets = loadAssets();
  let rendered: RenderedPage | null = null;
  let renderedAt = 0;
  counting.onRound(() => {
    rendered = null;
  });

  function current(): RenderedPage {
    if (rendered !== null && clock.monotonic() - renderedAt < OLDEST) return rendered;
    renderedAt = clock.monotonic();
    const time = `${new Date(clock.wall()).toISOString().slice(0, 19).replace("T", " ")} UTC`;
    rendered = renderPage(clusterJson(counting, clock, MOST_LISTED), shownTotal(), time, assets);
    return rendered;
  }

  function shownTotal(): bigint | null {
    return counting.read(DEFAULT_COUNTER)?.value ?? null;
  }

  function answer(res: ServerResponse, outcome: HitOutcome): void {
    leaveIfDraining(res, counting);
    const { before, counted, uncounted } = current();
    if (outcome.accepted) {
      send(res, 200, before + numberText(outcome.value.value) + counted);
    } else {
      const { status, headers } = refusedHit(outcome.reason, DEFAULT_COUNTER);
      for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value);
      send(res, status, before + numberText(shownTotal()) + uncounted);
    }
  }

  return {
    visit: (res) => counting.hit(DEFAULT_COUNTER, 1, (outcome) => answer(res, outcome)),
    head: (res) => void res.writeHead(200, HEADERS_OF_HEAD).end(),
    asset: assets.find,
  };
}

/** Nothing inline, nothing from elsewhere, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS_OF_HEAD = [
  ...["Content-Type", "text/html; charset=utf-8"],
  ...["Cache-Control", "no-store"],
  ...["Content-Security-Policy", POLICY],
  ...["X-Content-Type-Options", "nosniff"],
  ...["Referrer-Policy", "no-referrer"],
];

const HEADERS = [...HEADERS_OF_HEAD, "Content-Length", "0"];

function send(res: ServerResponse, status: number, html: string): void {
  HEADERS[HEADERS.length - 1] = String(html.length);
  res.writeHead(status, HEADERS).end(html, "latin1");
}
