import type { RequestListener, Server } from "node:http";
import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import type { Logger } from "../../ports/logger.ts";
import { createApi } from "./api.ts";
import { Badges } from "./badge/badges.ts";
import { type Capacity, capacityFor, openFilesLimit } from "./connections/capacity.ts";
import { NO_HOST } from "./connections/errors.ts";
import { type ConnectionLimits, limitConnections, limitedServer, USUAL_LIMITS } from "./connections/limited_server.ts";
import { addressOf, startListening } from "./connections/listening.ts";
import { closeServer } from "./connections/shutdown.ts";
import { EventStreams } from "./events/streams.ts";
import { createFastPath } from "./fast_path.ts";
import { hitResponses } from "./hit_response.ts";
import { COMMIT_DEADLINE_MS } from "./hit_route.ts";
import { type AllowedOrigins, Origins } from "./origins.ts";
import { createPage } from "./page/page.ts";
import { createPixel, pixelResponses } from "./pixel/pixel.ts";
import { sendProblem } from "./problem.ts";
import type { Scrape } from "./routes.ts";

export interface HttpServerDeps {
  readonly counting: Counting;
  readonly metrics: Scrape;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How long `?wait=committed` waits, in milliseconds; 10 s by default. */
  readonly commitDeadline?: number;
  /** Origins of the pages that may count and read; all by default. */
  readonly allowedOrigins?: AllowedOrigins;
  readonly limits?: Partial<ConnectionLimits>;
  /** How many clients it serves; by default as many as the limit of open files allows. */
  readonly capacity?: Capacity;
}

export interface HttpServer {
  /** Throws ListenError. */
  listen(where: { host: string; port: number }): Promise<NodeListening>;
}

export interface NodeListening extends Listening {
  /** Closes idle connections. Their clients open new ones, which lead to nodes that take hits. */
  closeIdle(): void;
}

export interface Listening {
  /** `host:port`, with the port that the system chose if 0 was asked for. */
  readonly address: string;
  readonly port: number;
  /**
   * Stops accepting connections, dismisses event streams, waits for responses in flight, and closes every connection after at most
   * `deadline` milliseconds. Never throws.
   */
  close(deadline: number): Promise<void>;
}

/** The node's HTTP interface: pages, counters, cluster, events, metrics. */
export function createHttpServer(parts: HttpServerDeps): HttpServer {
  const { counting, clock, logger, capacity = capacityFor(openFilesLimit()) } = parts;
  const events = new EventStreams(counting, clock, capacity);
  const server = limitedServer({ ...USUAL_LIMITS, ...parts.limits }, createHandler(parts, events));
  limitConnections(server, capacity, logger);
  return {
    async listen(where) {
      await startListening(server, where);
      // For example too many open files. This passes, and must not end the process.
      server.on("error", (error) => logger.warn("connection not accepted", { error: error.message }));
      return listeningOf(server, events);
    },
  };
}

/** The fast path, and koa for all that it leaves. */
function createHandler(parts: HttpServerDeps, events: EventStreams): RequestListener {
  const { counting, clock, logger, commitDeadline = COMMIT_DEADLINE_MS } = parts;
  const deps = { counting, logger, origins: new Origins(parts.allowedOrigins ?? "*") };
  const page = createPage(counting, clock);
  const pixel = createPixel(deps);
  const badges = new Badges(deps);
  const responses = { posts: [hitResponses(deps)], gets: [badges.responses(), pixelResponses(pixel)] };
  const fastPath = createFastPath(deps, page, responses);
  const api = createApi({ ...parts, ...deps, page, events, badges, pixel, commitDeadline });
  return (req, res) => {
    // This costs nothing more: Node has already parsed the headers to look for Expect.
    if (req.headers.host === undefined && req.httpVersion === "1.1") sendProblem(res, NO_HOST);
    else if (!fastPath.take(req, res)) api(req, res);
  };
}

function listeningOf(server: Server, events: EventStreams): NodeListening {
  return {
    ...addressOf(server),
    closeIdle: () => server.closeIdleConnections(),
    close(deadline) {
      events.end();
      return closeServer(server, deadline);
    },
  };
}
