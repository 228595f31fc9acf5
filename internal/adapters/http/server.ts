import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../ports/clock.ts";
import type { Counting } from "../../ports/counting.ts";
import type { Log } from "../../ports/log.ts";
import { createApi, type Scrape } from "./api.ts";
import { answerConnectionError, EXPECTATION_FAILED, NO_HOST, NO_TUNNEL } from "./connection_errors.ts";
import { createEventStreams, type EventStreams } from "./events.ts";
import { createFastPath } from "./fast_path.ts";
import { COMMIT_DEADLINE } from "./hit_route.ts";
import { createPage } from "./page/page.ts";
import { rawProblem, sendProblem } from "./problem.ts";
import { closeServer } from "./shutdown.ts";

export interface HttpServerParts {
  readonly counting: Counting;
  readonly metrics: Scrape;
  readonly log: Log;
  readonly clock: Clock;
  /** How long `?wait=committed` waits, in milliseconds. */
  readonly commitDeadline?: number;
  readonly limits?: Partial<ConnectionLimits>;
}

/** Milliseconds that a client may take. */
export interface ConnectionLimits {
  /** Until its headers are there; also for a connection that never says anything. */
  readonly headers: number;
  /** Until its request is there, body included. */
  readonly request: number;
  /** Between two requests. Longer than load balancers keep a connection (60 s), or they would use one that we just closed. */
  readonly keepAlive: number;
  /** Without reading a byte of what it is being sent. */
  readonly stalled: number;
}

const USUAL_LIMITS: ConnectionLimits = { headers: 8_000, request: 10_000, keepAlive: 65_000, stalled: 60_000 };
/** How often node:http looks for clients that are too slow, in milliseconds. */
const CHECK_INTERVAL = 1_000;
const MOST_HEADER_BYTES = 8 * 1024;
/** Connections that the kernel holds while this process is busy. */
const BACKLOG = 4096;

export interface HttpServer {
  /** Throws when the port cannot be had. */
  listen(where: { host: string; port: number }): Promise<Listening>;
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
  const events = createEventStreams(counting, clock);
  const fastPath = createFastPath(counting, page);
  const api = createApi({ ...parts, page, events, commitDeadline });
  const server = limitedServer({ ...USUAL_LIMITS, ...parts.limits }, (req, res) => {
    // Node has parsed the headers already, for its own look at Expect.
    if (req.headers.host === undefined && req.httpVersion === "1.1") sendProblem(res, NO_HOST);
    else if (!fastPath.take(req, res)) api(req, res);
  });
  return {
    async listen(where) {
      await startListening(server, where);
      // Too many open files, say: it passes, and must not end the process.
      server.on("error", (error) => parts.log.warn("a connection could not be accepted", { error: error.message }));
      return listening(server, events);
    },
  };
}

function limitedServer(limits: ConnectionLimits, handle: (req: IncomingMessage, res: ServerResponse) => void): Server {
  const options = {
    headersTimeout: limits.headers,
    requestTimeout: limits.request,
    keepAliveTimeout: limits.keepAlive,
    connectionsCheckingInterval: CHECK_INTERVAL,
    maxHeaderSize: MOST_HEADER_BYTES,
    requireHostHeader: false,
    // No stream machinery for the bodies of requests that have none: most of what comes here.
    optimizeEmptyRequests: true,
    noDelay: true,
  };
  const server = createServer(options, handle);
  server.setTimeout(limits.stalled);
  server.on("clientError", answerConnectionError);
  server.on("checkExpectation", (_req, res) => sendProblem(res, EXPECTATION_FAILED));
  server.on("connect", (_req, socket) => socket.end(rawProblem(NO_TUNNEL)));
  return server;
}

async function startListening(server: Server, where: { host: string; port: number }): Promise<void> {
  const began = once(server, "listening");
  server.listen({ ...where, backlog: BACKLOG });
  await began.catch((error: NodeJS.ErrnoException) => {
    throw listenError(error, where);
  });
}

function listening(server: Server, events: EventStreams): Listening {
  const { address, family, port } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  return { address: `${host}:${port}`, port, close: (deadline) => closeServer(server, events, deadline) };
}

function listenError(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  const why = LISTEN_ERRORS[error.code ?? ""] ?? `${error.message}.`;
  return new Error(`Cannot listen on ${host}, port ${port}: ${why}`, { cause: error });
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process uses this port. Stop it, or choose another port.",
  EACCES: "this user may not use this port. Choose one from 1024 up.",
  EADDRNOTAVAIL: "this machine has no such address.",
  ENOTFOUND: "there is no such host.",
};
