import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../../ports/logger.ts";
import { limitedServer, USUAL_LIMITS } from "./connections/limited_server.ts";
import { type Listening, listeningOn } from "./connections/listening.ts";

export interface OperatorServerDeps {
  /** False: its work is stuck, and Kubernetes should restart it. */
  readonly alive: () => boolean;
  /** Whether it has read all lists of objects. */
  readonly ready: () => boolean;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly logger: Logger;
}

interface TextResponse {
  readonly status: number;
  readonly type?: string;
  readonly text: string;
}

/** Serves health and metrics of an operator. Throws ListenError. */
export function serveOperator(parts: OperatorServerDeps, where: { host: string; port: number }): Promise<Listening> {
  const server = limitedServer(USUAL_LIMITS, (req, res) => void respond(req, res, parts));
  return listeningOn(server, where, parts.logger);
}

async function respond(req: IncomingMessage, res: ServerResponse, parts: OperatorServerDeps): Promise<void> {
  const { status, type = "text/plain; charset=utf-8", text } = await route(req, parts);
  res.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...(status === 405 && { Allow: "GET, HEAD" }),
  });
  res.end(req.method === "HEAD" ? undefined : text);
}

async function route(
  { method, url }: IncomingMessage,
  { alive, ready, metrics }: OperatorServerDeps,
): Promise<TextResponse> {
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "Use GET or HEAD.\n" };
  switch (url?.replace(/\?.*$/, "")) {
    case "/healthz":
      return alive() ? { status: 200, text: "alive\n" } : { status: 503, text: "A reconcile is stuck.\n" };
    case "/readyz":
      return ready() ? { status: 200, text: "ready\n" } : { status: 503, text: "The lists have not been read yet.\n" };
    case "/metrics":
      return { status: 200, type: metrics.contentType, text: await metrics.text() };
    default:
      return { status: 404, text: "The paths are /healthz, /readyz and /metrics.\n" };
  }
}
