import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import type { Logger } from "../../ports/logger.ts";
import { createApi, type Scrape } from "./api.ts";
import { badgeAnswers } from "./badge/badge.ts";
import { type Capacity, capacityFor, openFilesLimit } from "./capacity.ts";
import { NO_HOST } from "./connection_errors.ts";
import { createEventStreams } from "./events.ts";
import { createFastPath } from "./fast_path.ts";
import { hitAnswers } from "./hit_answer.ts";
import { COMMIT_DEADLINE } from "./hit_route.ts";
import {
  addressOf,
  type ConnectionLimits,
  limitConnections,
  limitedServer,
  startListening,
  USUAL_LIMITS,
} from "./listening.ts";
import { type AllowedOrigins, Origins } from "./origins.ts";
import { createPage } from "./page/page.ts";
import { createPixel, pixelAnswers } from "./pixel.ts";
import { sendProblem } from "./problem.ts";
import { closeServer } from "./shutdown.ts";

export interface HttpServerParts {
  readonly counting: Counting;
  readonly metrics: Scrape;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How long `?wait=committed` waits, in milliseconds. */
  readonly commitDeadline?: number;
  /** Whose pages may count and read from a browser; everyone's unless given. */
  readonly allowedOrigins?: AllowedOrigins;
  readonly limits?: Partial<ConnectionLimits>;
  /** How many clients it takes; as many as this process may have open files unless given. */
  readonly capacity?: Capacity;
}

export interface HttpServer {
  /** Throws when the port cannot be had. */
  listen(where: { host: string; port: number }): Promise<NodeListening>;
}

export interface NodeListening extends Listening {
  /** Closes the connections on which nothing is being asked: whoever kept one opens another, which leads to a node that takes hits. */
  closeIdle(): void;
}

export interface Listening {
  /** `host:port` with the port that was given, also for port 0. */
  readonly address: string;
  readonly port: number;
  /**
   * Stops accepting, answers what is in flight, tells event streams, and closes every connection, after `deadline` milliseconds
   * at the latest. Never throws.
   */
  close(deadline: number): Promise<void>;
}

/** The node's HTTP interface: pages, counters, cluster, events, metrics. */
export function createHttpServer(parts: HttpServerParts): HttpServer {
  const { counting, clock, commitDeadline = COMMIT_DEADLINE } = parts;
  const page = createPage(counting, clock);
  const capacity = parts.capacity ?? capacityFor(openFilesLimit());
  const events = createEventStreams(counting, clock, capacity);
  const ways = { counting, logger: parts.logger, origins: new Origins(parts.allowedOrigins ?? "*") };
  const pixel = createPixel(ways);
  const fastPath = createFastPath(ways, page, {
    posts: [hitAnswers(ways)],
    gets: [badgeAnswers(ways), pixelAnswers(pixel)],
  });
  const api = createApi({ ...parts, ...ways, page, events, pixel, commitDeadline });
  const server = limitedServer({ ...USUAL_LIMITS, ...parts.limits }, (req, res) => {
    // Node has parsed the headers already, for its own look at Expect.
    if (req.headers.host === undefined && req.httpVersion === "1.1") sendProblem(res, NO_HOST);
    else if (!fastPath.take(req, res)) api(req, res);
  });
  limitConnections(server, capacity, parts.logger);
  return {
    async listen(where) {
      await startListening(server, where);
      // Too many open files, say: it passes, and must not end the process.
      server.on("error", (error) => parts.logger.warn("a connection could not be accepted", { error: error.message }));
      return {
        ...addressOf(server),
        closeIdle: () => server.closeIdleConnections(),
        close(deadline) {
          events.end();
          return closeServer(server, deadline);
        },
      };
    },
  };
}
