import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../../ports/logger.ts";
import { addressOf, limitedServer, startListening, USUAL_LIMITS } from "./listening.ts";
import type { Listening } from "./server.ts";
import { closeServer } from "./shutdown.ts";

export interface OperatorServerParts {
  /** Whether its work goes on: false asks for a restart. */
  readonly alive: () => boolean;
  /** Whether it knows what there is. */
  readonly ready: () => boolean;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly logger: Logger;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly text: string;
}

/** Health and metrics of an operator. Throws when the port cannot be had. */
export async function serveOperator(
  parts: OperatorServerParts,
  where: { host: string; port: number },
): Promise<Listening> {
  const server = limitedServer(USUAL_LIMITS, (req, res) => void answer(req, res, parts));
  await startListening(server, where);
  server.on("error", ({ message }) => parts.logger.warn("a connection could not be accepted", { error: message }));
  return { ...addressOf(server), close: (deadline) => closeServer(server, deadline) };
}

async function answer(req: IncomingMessage, res: ServerResponse, parts: OperatorServerParts): Promise<void> {
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
  { alive, ready, metrics }: OperatorServerParts,
): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "Only GET and HEAD are understood here.\n" };
  switch (url?.replace(/\?.*$/, "")) {
    case "/healthz":
      return alive() ? { status: 200, text: "alive\n" } : { status: 503, text: "A turn of its work does not end.\n" };
    case "/readyz":
      return ready() ? { status: 200, text: "ready\n" } : { status: 503, text: "The lists have not been read yet.\n" };
    case "/metrics":
      return { status: 200, type: metrics.contentType, text: await metrics.text() };
    default:
      return { status: 404, text: "There are /healthz, /readyz and /metrics.\n" };
  }
}
