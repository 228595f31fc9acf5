import type { IncomingMessage, ServerResponse } from "node:http";
import { type ProblemFields, sendProblem } from "../problem.ts";

/**
 * Responds to a request without exactly one Host header (RFC 9112, section 3.2), and returns whether it did. Node would take the first of two, and a
 * proxy before it perhaps the other. Node's own check responds without a problem body.
 */
export function respondToBadHost(req: IncomingMessage, res: ServerResponse): boolean {
  const count = countHosts(req.rawHeaders);
  if (count === 1 || (count === 0 && req.httpVersion === "1.0")) return false;
  sendProblem(res, count === 0 ? NO_HOST : TWO_HOSTS);
  return true;
}

/** Names and values alternate in `rawHeaders`. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && (name === "Host" || name === "host" || name.toLowerCase() === "host")) count += 1;
  }
  return count;
}

const NO_HOST: ProblemFields = {
  status: 400,
  kind: "no-host",
  title: "No Host header",
  detail: "An HTTP/1.1 request has exactly one Host header; this one has none.",
  remedy: "Send a Host header.",
  headers: { Connection: "close" },
};

const TWO_HOSTS: ProblemFields = {
  ...NO_HOST,
  kind: "two-hosts",
  title: "Several Host headers",
  detail: "An HTTP/1.1 request has exactly one Host header; this one has several.",
  remedy: "Send one Host header.",
};
