import type { RequestListener } from "node:http";
import type { Socket } from "node:net";
import type { Adjusting } from "../../ports/adjusting.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import type { Logger } from "../../ports/logger.ts";
import { ClientAddresses } from "./access/client_address.ts";
import { type AccessOptions, Gate, USUAL_ACCESS } from "./access/gate.ts";
import type { Scrape } from "./admin_routes.ts";
import { createApi } from "./api.ts";
import { createBadges } from "./badge/badge.ts";
import { createProblemBadge } from "./badge/problem_badge.ts";
import { CommitWaits } from "./commit_waits.ts";
import { type ConnectionBounds, limitAddresses, USUAL_CONNECTION_BOUNDS } from "./connections/address_connections.ts";
import { respondToBadHost } from "./connections/bad_host.ts";
import { type Capacity, capacityFor, processLimits } from "./connections/capacity.ts";
import { type ConnectionLimits, limitConnections, limitedServer, USUAL_LIMITS } from "./connections/limited_server.ts";
import { type ListenAddress, type Listening, listeningOn } from "./connections/listening.ts";
import { Pipelining } from "./connections/pipelining.ts";
import { createDigits } from "./digits/digits.ts";
import { EventStreams } from "./events/streams.ts";
import { createFastPath } from "./fast_path.ts";
import { PeriodHits } from "./history/period_hits.ts";
import { hitResponses } from "./hit_response.ts";
import { COMMIT_DEADLINE_MS } from "./hit_route.ts";
import { type AllowedHosts, Hosts } from "./hosts.ts";
import { KeyedPath } from "./keyed/keyed_path.ts";
import { type AllowedOrigins, Origins } from "./origins.ts";
import { createPage } from "./page/page.ts";
import { problemPages } from "./page/problem/problem_pages.ts";
import { createPixel, pixelResponses } from "./pixel/pixel.ts";
import { sendProblem } from "./problem.ts";
import { foreignHost } from "./problems.ts";
import { createRouter } from "./routes.ts";
import { Visits } from "./visits/visits.ts";

export interface HttpServerDeps {
  readonly counting: Counting;
  /** By default nobody may adjust counters. */
  readonly adjusting?: Adjusting;
  readonly metrics: Scrape;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How long `?wait=committed` waits, in milliseconds; 10 s by default. */
  readonly commitDeadline?: number;
  /** Largest number of requests that wait for a commit at the same time. */
  readonly maxCommitWaits?: number;
  /** By default USUAL_CONNECTION_BOUNDS. */
  readonly connectionBounds?: ConnectionBounds;
  /** Bytes that readers of event streams have not taken yet, all together. */
  readonly maxUnsentBytes?: number;
  /** Origins of the pages that may count and read; all by default. */
  readonly allowedOrigins?: AllowedOrigins;
  /** Names that the node answers to; all by default. */
  readonly allowedHosts?: AllowedHosts;
  /** The node's public address; null: not known. */
  readonly url?: string | null;
  /** Who may do what; by default whatever is not given as in USUAL_ACCESS. */
  readonly access?: Partial<AccessOptions>;
  /** Whether the admin side has an address of its own (`serveAdmin`). By default it is beside the pages. */
  readonly adminElsewhere?: boolean;
  /** Whether people can sign in to the admin page here. By default if the admin side is here, too. */
  readonly adminPage?: boolean;
  readonly limits?: Partial<ConnectionLimits>;
  /** How many clients it serves; by default as many as its memory and its limit of open files allow. */
  readonly capacity?: Capacity;
}

export interface HttpServer {
  /** Throws ListenError. */
  listen(where: ListenAddress): Promise<NodeListening>;
}

export interface NodeListening extends Listening {
  /** Closes idle connections. Their clients open new ones, which lead to nodes that take hits. */
  closeIdle(): void;
}

/** The node's HTTP interface: pages, counters, cluster, events, metrics. */
export function createHttpServer(parts: HttpServerDeps): HttpServer {
  const { counting, clock, logger, capacity = capacityFor(processLimits()) } = parts;
  const events = new EventStreams(counting, clock, capacity, parts.maxUnsentBytes);
  const server = limitedServer({ ...USUAL_LIMITS, ...parts.limits }, createHandler(parts, events));
  limitConnections(server, capacity, logger);
  const { trustedProxies, meter } = { ...USUAL_ACCESS, ...parts.access };
  const addresses = new ClientAddresses(trustedProxies);
  const keyOf = (socket: Socket) => addresses.connectionKeyOf(socket);
  limitAddresses(server, parts.connectionBounds ?? USUAL_CONNECTION_BOUNDS, { clock, logger, meter, keyOf });
  return {
    async listen(where) {
      const listening = await listeningOn(server, where, logger);
      return {
        ...listening,
        closeIdle: () => server.closeIdleConnections(),
        close(deadline) {
          events.end();
          return listening.close(deadline);
        },
      };
    },
  };
}

/** The fast path, and koa for all that it leaves. */
function createHandler(parts: HttpServerDeps, events: EventStreams): RequestListener {
  const { counting, clock, logger, commitDeadline = COMMIT_DEADLINE_MS } = parts;
  const hosts = new Hosts(parts.allowedHosts ?? "*", parts.url ?? null);
  const gate = new Gate({ ...USUAL_ACCESS, ...parts.access }, { counting, clock });
  const deps = { counting, logger, gate, origins: new Origins(parts.allowedOrigins ?? "*", hosts) };
  const page = createPage(counting, clock);
  const pixel = createPixel(deps);
  const showProblem = createProblemBadge(logger);
  const periodHits = new PeriodHits(counting, clock);
  const imageDeps = { ...deps, showProblem, periodHits };
  const images = [createBadges(imageDeps), createDigits(imageDeps)];
  const imageResponses = images.map((each) => each.responses());
  const responses = { posts: [hitResponses(deps)], gets: [...imageResponses, pixelResponses(pixel)] };
  const visits = new Visits({ ...deps, periodHits });
  const fastPath = createFastPath(deps, page, visits, responses);
  const keyedPath = new KeyedPath(deps);
  const { adminElsewhere = false } = parts;
  const router = createRouter({
    ...parts,
    ...deps,
    page,
    events,
    images,
    pixel,
    visits,
    waits: new CommitWaits(parts.maxCommitWaits),
    commitDeadline,
    adminElsewhere,
    adminPage: parts.adminPage ?? !adminElsewhere,
    tokens: parts.access?.tokens ?? null,
  });
  const pageDeps = { counting, assets: page.assets, mayShow: (counter: string) => gate.shows(counter) };
  const api = createApi({ ...deps, problemPages: problemPages(pageDeps, router) }, router);
  const pipelining = new Pipelining((req, res) => {
    if (respondToBadHost(req, res)) return pipelining.close(req);
    if (!hosts.admits(req.headers.host)) return sendProblem(res, foreignHost(req.headers.host ?? ""));
    if (fastPath.take(req, res)) return;
    pipelining.slow(req, res);
    if (!keyedPath.take(req, res)) api(req, res);
  });
  return (req, res) => pipelining.take(req, res);
}
