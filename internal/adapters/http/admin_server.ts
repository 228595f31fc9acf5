import Router from "@koa/router";
import type { Adjusting } from "../../ports/adjusting.ts";
import type { Logger } from "../../ports/logger.ts";
import { type AccessOptions, Gate, USUAL_ACCESS } from "./access/gate.ts";
import { routeAdjusting } from "./adjusting/adjust_routes.ts";
import { Adjusters } from "./adjusting/adjusters.ts";
import { routeAdminPage } from "./admin_page/admin_page.ts";
import { type AdminDeps, routeAdmin } from "./admin_routes.ts";
import { createApi } from "./api.ts";
import { respondToBadHost } from "./connections/bad_host.ts";
import { limitedServer, USUAL_LIMITS } from "./connections/limited_server.ts";
import { type ListenAddress, type Listening, listeningOn } from "./connections/listening.ts";
import { Hosts } from "./hosts.ts";
import { routeLinks } from "./links/link_routes.ts";
import { Origins } from "./origins.ts";
import { loadAssets } from "./page/assets.ts";
import { routeAssets } from "./page_routes.ts";

/** Scripts of other sites may read nothing here. */
const NO_ORIGINS = new Origins(new Set(), new Hosts("*", null));

export interface AdminServerDeps extends AdminDeps {
  readonly logger: Logger;
  /** By default nobody may adjust counters. */
  readonly adjusting?: Adjusting;
  readonly access?: Partial<AccessOptions>;
}

/** Serves the admin side on an address of its own. Throws ListenError. */
export function serveAdmin(deps: AdminServerDeps, where: ListenAddress): Promise<Listening> {
  const router = new Router({ strict: true, sensitive: true });
  routeAdmin(router, deps);
  const { adjusting } = deps;
  if (adjusting) {
    const gate = new Gate({ ...USUAL_ACCESS, ...deps.access }, deps);
    const adjusters = new Adjusters((req) => gate.identify(req), true);
    const assets = loadAssets();
    routeAdjusting(router, { ...deps, adjusting, adjusters });
    routeLinks(router, { ...deps, adjusting, adjusters });
    routeAdminPage(router, { ...deps, adjusting, adjusters, assets, tokens: deps.access?.tokens ?? null });
    routeAssets(router, assets);
  }
  const handle = createApi({ ...deps, origins: NO_ORIGINS, problemPages: null }, router);
  const server = limitedServer(USUAL_LIMITS, (req, res) => {
    if (!respondToBadHost(req, res)) handle(req, res);
  });
  return listeningOn(server, where, deps.logger);
}
