import type Router from "@koa/router";
import type { Context } from "koa";
import { isCounterName } from "../../../core/names.ts";
import { botsOf } from "../../../core/visits/site_counters.ts";
import type { Adjusting } from "../../../ports/adjusting.ts";
import type { Counting, HitOutcome } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { refuseKey } from "../keyed/key_header.ts";
import type { Origins } from "../origins.ts";
import { Problem } from "../problem.ts";
import { uncountedHit } from "../problems.ts";
import { counterName } from "../query.ts";
import { isBot, isLoadedAhead } from "../visits/bots.ts";
import { linksNotKnown, loadedAhead, unknownLink } from "./link_problems.ts";

interface GoDeps {
  readonly counting: Counting;
  readonly adjusting: Pick<Adjusting, "links">;
  readonly gate: Gate;
  readonly origins: Origins;
}

/**
 * `GET /go/{name}`: counts a hit, and then leads to the address that an admin has set. Nothing in the request says where, so nobody can make a
 * link of this host that leads to an address of their own. Networks add a query to links that people share; it has no effect.
 *
 * A visit that cannot be counted is not led on at once, because then nobody would know of it. The response says so, and says where the link leads.
 */
export function routeGo(router: Router, deps: GoDeps): void {
  router.get("/go/*name", async (ctx) => {
    // People type links, and write them in capitals.
    const counter = counterName((ctx.params.name ?? "").toLowerCase());
    const destination = destinationFrom(counter, deps.adjusting);
    if (isLoadedAhead(ctx.req)) throw new Problem(loadedAhead());
    if (ctx.method !== "HEAD") await countVisit(ctx, deps, counter, destination);
    lead(ctx, destination);
  });
}

/** Throws Problem. */
function destinationFrom(counter: string, adjusting: Pick<Adjusting, "links">): string {
  const links = adjusting.links();
  if (links === null) throw new Problem(linksNotKnown());
  const destination = links.get(counter);
  if (destination === undefined) throw new Problem(unknownLink(counter));
  return destination;
}

async function countVisit(ctx: Context, deps: GoDeps, counter: string, destination: string): Promise<void> {
  try {
    if (isBot(ctx.req)) await setAside(deps.counting, counter);
    else await count(ctx, deps, counter);
  } catch (error) {
    if (error instanceof Problem) throw new Problem({ ...error.fields, destination }, { cause: error });
    throw error;
  }
}

/** Resolves once the hit may be acknowledged. Throws Problem. */
async function count(ctx: Context, { counting, gate, origins }: GoDeps, counter: string): Promise<void> {
  refuseKey(ctx.req);
  origins.mustAdmitVisit(ctx);
  gate.admitHits(ctx.req, gate.identify(ctx.req), counter, 1);
  const outcome = await hit(counting, counter);
  if (!outcome.accepted) throw new Problem(uncountedHit(outcome.reason, counter));
}

/** Counts a program's visit apart. A link leads programs on in any case: some look where it leads, for a preview. */
async function setAside(counting: Counting, counter: string): Promise<void> {
  const bots = botsOf(counter);
  if (isCounterName(bots)) await hit(counting, bots);
}

function hit(counting: Counting, counter: string): Promise<HitOutcome> {
  return new Promise((resolve) => counting.hit(counter, 1, resolve));
}

/** The response of a link. Other sites hear from which site a visitor came, and no more. */
function lead(ctx: Context, destination: string): void {
  ctx.status = 302;
  ctx.set({
    Location: destination,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Robots-Tag": "noindex",
  });
  ctx.type = "text/plain; charset=utf-8";
  ctx.body = `Go on to ${destination}\n`;
}
