import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "../../ports/logger.ts";
import type { Capacity } from "./capacity.ts";
import { answerConnectionError, EXPECTATION_FAILED, NO_TUNNEL } from "./connection_errors.ts";
import { rawProblem, sendProblem } from "./problem.ts";

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

export const USUAL_LIMITS: ConnectionLimits = { headers: 8_000, request: 10_000, keepAlive: 65_000, stalled: 60_000 };
/** How often node:http looks for clients that are too slow, in milliseconds. */
const CHECK_INTERVAL = 1_000;
const MOST_HEADER_BYTES = 8 * 1024;
/** Connections that the kernel holds while this process is busy. */
const BACKLOG = 4096;

/** Milliseconds between two words on the same trouble. */
const REMINDER = 60_000;

/** A server that no client can hold up for longer than the limits say. */
export function limitedServer(
  limits: ConnectionLimits,
  handle: (req: IncomingMessage, res: ServerResponse) => void,
): Server {
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

/** Refuses connections past the capacity, and says so, once a minute while it lasts. */
export function limitConnections(server: Server, { connections, openFiles }: Capacity, logger: Logger): void {
  let saidAt = Number.NEGATIVE_INFINITY;
  if (openFiles !== null)
    logger.warn("few connections can be served: raise the limit of open files (ulimit -n)", { openFiles });
  server.maxConnections = connections;
  server.on("drop", () => {
    if (performance.now() - saidAt < REMINDER) return;
    saidAt = performance.now();
    logger.warn("connections are refused: this process may not have more files open (ulimit -n)", { connections });
  });
}

/** Every address of this machine, of both families: in a cluster a pod may have one of either, and nobody says which. */
const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Throws when the port cannot be had. */
export async function startListening(server: Server, where: { host: string; port: number }): Promise<void> {
  const began = once(server, "listening");
  const { host, port } = where;
  // Without a host Node takes what the machine has: IPv4 alone where there is no IPv6.
  server.listen({ port, ...(!EVERYWHERE.has(host) && { host }), backlog: BACKLOG });
  await began.catch((error: NodeJS.ErrnoException) => {
    throw listenError(error, where);
  });
}

/** Throws what `startListening` would throw. Who connects meanwhile is sent away. */
export async function assertFree(where: { host: string; port: number }): Promise<void> {
  const server = createServer().on("connection", (socket) => socket.destroy());
  await startListening(server, where);
  await new Promise((resolve) => server.close(resolve));
}

/** Where a server listens, with the port that it was given, also for port 0. */
export function addressOf(server: Server): { readonly address: string; readonly port: number } {
  const { address, family, port } = server.address() as AddressInfo;
  return { address: `${family === "IPv6" ? `[${address}]` : address}:${port}`, port };
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
