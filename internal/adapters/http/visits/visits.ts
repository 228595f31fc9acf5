import type { IncomingMessage, ServerResponse } from "node:http";
import type Router from "@koa/router";
import type { Counting } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { hasBody } from "../body.ts";
import { BoundedMap } from "../bounded_map.ts";
import type { PeriodHits } from "../history/period_hits.ts";
import { refuseKey } from "../keyed/key_header.ts";
import type { Origins } from "../origins.ts";
import { Problem } from "../problem.ts";
import { bodyNotWanted, viewWhileCatchingUp } from "../problems.ts";
import { isBot } from "./bots.ts";
import { readView } from "./view_query.ts";
import { ViewResponse, VisitorTexts } from "./view_response.ts";
import { visitorOf } from "./visitor.ts";

interface VisitsDeps {
  readonly counting: Counting;
  readonly periodHits: PeriodHits;
  readonly origins: Origins;
  readonly gate: Gate;
}

const PATH = "/v1/visits";

/**
 * `POST /v1/visits?site=&path=&visit=&visitors=`: counts a view of a page, for the page, for its site and perhaps as a visit, and its visitor. It has no body and no
 * header of its own, so browsers send it without asking first (https://fetch.spec.whatwg.org/#http-cors-protocol), and as a beacon.
 */
export class Visits {
  readonly #deps: VisitsDeps & { readonly visitorTexts: VisitorTexts };
  readonly #responses = new BoundedMap<ViewResponse>();

  constructor(deps: VisitsDeps) {
    this.#deps = { ...deps, visitorTexts: new VisitorTexts(deps.counting) };
  }

  /** Counts a view that needs no closer look: a person's, of a page that has a counter. False: the request is untouched. */
  take(req: IncomingMessage, res: ServerResponse): boolean {
    const { gate, origins } = this.#deps;
    const url = req.url ?? "";
    // A view's response is prepared by its first one, which the router takes.
    const response = url.startsWith(PATH) ? this.#responses.get(url) : undefined;
    if (response === undefined || !origins.admitsPlainly(req) || isBot(req)) return false;
    for (const counter of response.counters) if (!gate.passes(req, counter)) return false;
    response.count(res, visitorOf(req, gate));
    return true;
  }

  route(router: Router): void {
    const { gate, origins } = this.#deps;
    router.post(PATH, (ctx) => {
      const response = this.#responseTo(ctx.req.url ?? "", ctx.querystring);
      const { site, page } = response.view;
      if (hasBody(ctx.req)) throw new Problem(bodyNotWanted());
      refuseKey(ctx.req);
      origins.mustAdmit(ctx);
      const token = gate.identify(ctx.req);
      const bot = isBot(ctx.req);
      if (bot) gate.admitRead(token, site);
      const own = bot || gate.admitView(ctx.req, token, site, page);
      const exists = !bot || this.#exists(site);
      ctx.respond = false;
      if (bot) return exists ? response.setAside(ctx.res) : response.show(ctx.res);
      const visitor = visitorOf(ctx.req, gate);
      if (own) response.count(ctx.res, visitor);
      else response.countAsOther(ctx.res, visitor);
    });
  }

  /**
   * Whether the site exists: a program must not create one. Until a node has heard of all sites it must not seem to have counted a view either,
   * so it says that it is catching up, or tries to count it before it has heard a leader, which is refused. Throws Problem.
   */
  #exists(site: string): boolean {
    const { counting } = this.#deps;
    if (counting.knows(site)) return true;
    if (counting.catchingUp()) throw new Problem(viewWhileCatchingUp());
    return !counting.complete();
  }

  /** Throws Problem. */
  #responseTo(url: string, query: string): ViewResponse {
    const known = this.#responses.get(url);
    if (known !== undefined) return known;
    const response = new ViewResponse(this.#deps, readView(query));
    this.#responses.set(url, response);
    return response;
  }
}
