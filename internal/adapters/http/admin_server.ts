import Router from "@koa/router";
import type { Logger } from "../../ports/logger.ts";
import { type AdminDeps, routeAdmin } from "./admin_routes.ts";
import { createApi } from "./api.ts";
import { respondToBadHost } from "./connections/bad_host.ts";
import { limitedServer, USUAL_LIMITS } from "./connections/limited_server.ts";
import { type ListenAddress, type Listening, listeningOn } from "./connections/listening.ts";
import { Hosts } from "./hosts.ts";
import { Origins } from "./origins.ts";

/** Scripts of other sites may read nothing here. */
const NO_ORIGINS = new Origins(new Set(), new Hosts("*", null));

/** Serves the admin side on an address of its own. Throws ListenError. */
export function serveAdmin(deps: AdminDeps & { readonly logger: Logger }, where: ListenAddress): Promise<Listening> {
  const router = new Router({ strict: true, sensitive: true });
  routeAdmin(router, deps);
  const handle = createApi({ ...deps, origins: NO_ORIGINS, problemPages: null }, router);
  const server = limitedServer(USUAL_LIMITS, (req, res) => {
    if (!respondToBadHost(req, res)) handle(req, res);
  });
  return listeningOn(server, where, deps.logger);
}
