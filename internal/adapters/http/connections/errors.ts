import { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type ProblemFields, rawProblem } from "../problem.ts";

/** What to answer when node:http gives up on a connection, and the order of answers on it. */

const answered = new WeakSet<Duplex>();

/**
 * Answers a request that node:http could not read (bad syntax, headers too large, too slow) and closes its connection. Requests
 * before it on the same connection are answered first: their hits count, and a 400 in their place would say that they do not.
 */
export function answerConnectionError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (answered.has(socket)) return;
  answered.add(socket);
  whenAnswered(socket, () => refuse(socket, connectionProblem(error.code)));
}

function whenAnswered(socket: Duplex, then: () => void): void {
  const current = unanswered(socket);
  // A response whose own request is the broken one will never be written: its body never ends.
  if (current === null || !current.req.complete) then();
  else current.once("finish", () => whenAnswered(socket, then));
}

/** Node has no public way to ask which response a socket is waiting for; its own error answer looks at this field too. */
function unanswered(socket: Duplex): ServerResponse | null {
  const message: unknown = Reflect.get(socket, "_httpMessage");
  return message instanceof ServerResponse ? message : null;
}

function refuse(socket: Duplex, fields: ProblemFields): void {
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
  remedy: "Send fewer or shorter headers; cookies are not needed here.",
};

const TOO_SLOW: ProblemFields = {
  status: 408,
  kind: "too-slow",
  title: "Request too slow",
  detail: "The request was not complete in time.",
  remedy: "Send it again, whole.",
};

const NOT_HTTP: ProblemFields = {
  status: 400,
  kind: "not-http",
  title: "Not a readable request",
  detail: "What came on this connection is not well-formed HTTP/1.1.",
  remedy: "Check what is sent: request line, headers, blank line, body.",
};

/** HTTP/1.1 demands a Host header (RFC 9112, 3.2). Node's own check answers without a problem body. */
export const NO_HOST: ProblemFields = {
  ...NOT_HTTP,
  kind: "no-host",
  title: "No Host header",
  detail: "An HTTP/1.1 request has exactly one Host header; this one has none.",
  remedy: "Send a Host header.",
  headers: { Connection: "close" },
};

export const EXPECTATION_FAILED: ProblemFields = {
  ...NOT_HTTP,
  status: 417,
  kind: "unknown-expectation",
  title: "Expectation not known",
  detail: "Only 100-continue can be expected.",
  remedy: "Leave the Expect header out.",
  headers: { Connection: "close" },
};

export const NO_TUNNEL: ProblemFields = {
  ...NOT_HTTP,
  status: 405,
  kind: "no-tunnel",
  title: "No tunnels here",
  detail: "CONNECT does not work on any path.",
  remedy: "Use GET or POST.",
};
