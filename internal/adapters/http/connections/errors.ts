import { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type ProblemFields, rawProblem } from "../problem.ts";

/** Responses to what node:http cannot parse, and their order among the other responses on the connection. */

const answered = new WeakSet<Duplex>();

/**
 * Responds to a request that node:http could not read (bad syntax, headers too large, too slow) and closes its connection. Earlier
 * requests on the connection get their responses first: their hits count, and a 400 in their place would deny that.
 */
export function respondToConnectionError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (answered.has(socket)) return;
  answered.add(socket);
  whenAnswered(socket, () => respond(socket, connectionProblem(error.code)));
}

function whenAnswered(socket: Duplex, then: () => void): void {
  const current = unanswered(socket);
  // The response to the broken request itself never comes, because its handler waits for the rest of the body.
  if (current === null || !current.req.complete) then();
  else current.once("finish", () => whenAnswered(socket, then));
}

/** The response that the socket waits for. Node has no public way to ask; its own error response reads this field, too. */
function unanswered(socket: Duplex): ServerResponse | null {
  const message: unknown = Reflect.get(socket, "_httpMessage");
  return message instanceof ServerResponse ? message : null;
}

function respond(socket: Duplex, fields: ProblemFields): void {
  const begun = unanswered(socket)?.headersSent ?? false;
  if (!socket.writable || begun) socket.destroy();
  else socket.end(rawProblem(fields), () => socket.destroy());
}

function connectionProblem(code: string | undefined): ProblemFields {
  if (code === "HPE_HEADER_OVERFLOW") return HEADERS_TOO_LARGE;
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return TOO_SLOW;
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return { ...NOT_HTTP, status: 413 };
  return NOT_HTTP;
}

const HEADERS_TOO_LARGE: ProblemFields = {
  status: 431,
  kind: "headers-too-large",
  title: "Headers too large",
  detail: "The request line and headers are over 8 KiB.",
  remedy: "Send fewer or shorter headers. Cookies are not needed here.",
};

const TOO_SLOW: ProblemFields = {
  status: 408,
  kind: "too-slow",
  title: "Request too slow",
  detail: "The request was not complete in time.",
  remedy: "Send the whole request again.",
};

const NOT_HTTP: ProblemFields = {
  status: 400,
  kind: "not-http",
  title: "Not a readable request",
  detail: "The bytes on this connection are not a well-formed HTTP/1.1 request.",
  remedy: "Check what the client sends: request line, headers, blank line, body.",
};

export const EXPECTATION_FAILED: ProblemFields = {
  ...NOT_HTTP,
  status: 417,
  kind: "unknown-expectation",
  title: "Unknown expectation",
  detail: "The only expectation that this server knows is 100-continue.",
  remedy: "Leave the Expect header out.",
  headers: { Connection: "close" },
};

export const NO_TUNNEL: ProblemFields = {
  ...NOT_HTTP,
  status: 405,
  kind: "no-tunnel",
  title: "No tunnels here",
  detail: "This server does not support CONNECT.",
  remedy: "Use GET or POST.",
};
