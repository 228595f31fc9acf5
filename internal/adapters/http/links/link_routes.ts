import type Router from "@koa/router";
import type { RemoveLink, SetLink } from "../../../core/ledger/adjustment.ts";
import { keyText } from "../../../core/ledger/audit_entries.ts";
import { destinationOf } from "../../../core/links/destination.ts";
import { countsVisitors } from "../../../core/visits/visitors.ts";
import { type AdjustingDeps, adjustOnce, bodyOf, type DoneOutcome, reasonIn } from "../adjusting/adjust_routes.ts";
import { Problem } from "../problem.ts";
import { readQuery } from "../query.ts";
import { badDestination, linksNotKnown, noHitsThere } from "./link_problems.ts";

/** A link: `GET /go/{counter}` leads to `url`. */
export interface LinkJson {
  readonly counter: string;
  readonly url: string;
}

export interface LinksJson {
  /** In the order of their names. */
  readonly links: readonly LinkJson[];
}

/** The response to a link that was set or removed. */
export interface LinkedJson {
  readonly counter: string;
  /** Where it leads since then; null: nowhere. */
  readonly url: string | null;
  /** Where it led before. */
  readonly before: string | null;
  readonly duplicate: boolean;
  readonly key: string;
}

const SET_RULE = 'Send {"url": "https://...", "reason": "..."}. The reason may be left out.';
const REMOVE_RULE = 'Send no body, or {"reason": "..."}.';

/** Setting, removing and listing links: for people with the right `admin`. */
export function routeLinks(router: Router, deps: AdjustingDeps): void {
  router.put("/v1/links/*name", async (ctx) => {
    const done = await adjustOnce(ctx, deps, async (counter) => {
      const body = await bodyOf(ctx.req, ctx.res, SET_RULE, "url", "reason");
      return { change: linkTo(counter, body.url), reason: reasonIn(body.reason, SET_RULE) };
    });
    ctx.body = linkedJson(done.counter, done.outcome);
  });
  router.delete("/v1/links/*name", async (ctx) => {
    const done = await adjustOnce(ctx, deps, async (counter) => {
      const { reason } = await bodyOf(ctx.req, ctx.res, REMOVE_RULE, "reason");
      return { change: unlink(counter), reason: reasonIn(reason, REMOVE_RULE) };
    });
    ctx.body = linkedJson(done.counter, done.outcome);
  });
  router.get("/v1/links", (ctx) => {
    const { mayAdjust } = deps.adjusters.admit(ctx.req);
    readQuery(ctx);
    const links = deps.adjusting.links();
    if (links === null) throw new Problem(linksNotKnown());
    const shown = [...links].filter(([counter]) => mayAdjust(counter)).sort();
    ctx.body = { links: shown.map(([counter, url]) => ({ counter, url })) } satisfies LinksJson;
  });
}

/** Throws Problem. */
export function linkTo(counter: string, text: unknown): SetLink {
  const url = typeof text === "string" ? destinationOf(text.trim()) : null;
  if (url === null) throw new Problem(badDestination(text));
  if (countsVisitors(counter)) throw new Problem(noHitsThere(counter));
  return { action: "link", counter, url };
}

export function unlink(counter: string): RemoveLink {
  return { action: "unlink", counter };
}

function linkedJson(counter: string, { entry, duplicate }: DoneOutcome): LinkedJson {
  const { key, linked } = entry;
  return { counter, url: linked?.to ?? null, before: linked?.from ?? null, duplicate, key: keyText(key) };
}
