import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import type { Logger } from "../../../ports/logger.ts";
import { hasBody } from "../body.ts";
import { sendProblem } from "../problem.ts";
import { limitBody } from "./body_deadline.ts";
import type { Capacity } from "./capacity.ts";
import { EXPECTATION_FAILED, refuseTunnel, respondToConnectionError } from "./errors.ts";
import { limitStalled } from "./stalled.ts";
import { closeUnlessRead } from "./unread_body.ts";

/** How long a client may take, in milliseconds. */
export interface ConnectionLimits {
  /** Until its headers are complete. Also applies to a connection that sends nothing. */
  readonly headers: number;
  /** Until its request is complete, including the body. */
  readonly request: number;
  /** Between two requests. Load balancers keep a connection for 60 s; with less, they could use one that was just closed. */
  readonly keepAlive: number;
  /** Without reading a byte of the response. */
  readonly stalled: number;
}

export const USUAL_LIMITS: ConnectionLimits = { headers: 8_000, request: 10_000, keepAlive: 65_000, stalled: 60_000 };
/** How often node:http looks for clients that are too slow. */
const CHECK_INTERVAL_MS = 1_000;
const MAX_HEADER_BYTES = 8 * 1024;
/** Shortest time between two log lines about refused connections. */
const REMINDER_MS = 60_000;

/** A server on which no client can take longer than the limits. */
export function limitedServer(limits: ConnectionLimits, handle: RequestListener): Server {
  const handleBodies: RequestListener = (req, res) => {
    // Node drops what follows such a request on its connection, so the client must send it again on another one.
    if (req.headers.upgrade !== undefined) res.shouldKeepAlive = false;
    if (hasBody(req)) {
      closeUnlessRead(req, res);
      limitBody(req, limits.request, () => server.emit("clientError", tooSlow(), req.socket));
    }
    handle(req, res);
  };
  const server = createServer(optionsFor(limits), handleBodies);
  limitStalled(server, limits.stalled);
  server.on("clientError", respondToConnectionError);
  // Not Node's own handler, which sends `100 Continue` at once: `readHitCount` sends it when it wants the body.
  server.on("checkContinue", handleBodies);
  server.on("checkExpectation", (req, res) => {
    closeUnlessRead(req, res);
    sendProblem(res, EXPECTATION_FAILED);
  });
  server.on("connect", (_req, socket) => refuseTunnel(socket));
  return server;
}

/** The error that Node makes when its own limit is over. */
function tooSlow(): Error {
  return Object.assign(new Error("Request timeout"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });
}

function optionsFor({ headers, keepAlive }: ConnectionLimits): ServerOptions {
  return {
    headersTimeout: headers,
    // `limitBody` does it.
    requestTimeout: 0,
    keepAliveTimeout: keepAlive,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false,
    // Most requests have no body: Node then makes no stream for it.
    optimizeEmptyRequests: true,
    noDelay: true,
  };
}

/** Refuses connections beyond the capacity, and logs it once a minute while it lasts. */
export function limitConnections(server: Server, { connections, openFiles }: Capacity, logger: Logger): void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  if (openFiles !== null)
    logger.warn("low limit of open files; few connections can be served: raise it (ulimit -n)", { openFiles });
  server.maxConnections = connections;
  server.on("drop", () => {
    if (performance.now() - loggedAt < REMINDER_MS) return;
    loggedAt = performance.now();
    logger.warn("connections refused: this process reached its limit of open files (ulimit -n)", { connections });
  });
}
