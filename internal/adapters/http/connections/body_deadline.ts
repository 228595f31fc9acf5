import type { IncomingMessage } from "node:http";

const deadlines = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Calls `expired` unless the whole body of `req` arrives within `ms`. Node's own limit is for all requests of a server, and an import takes longer. */
export function limitBody(req: IncomingMessage, ms: number, expired: () => void): void {
  const deadline = setTimeout(expired, ms);
  deadlines.set(req, deadline);
  req.once("close", () => clearTimeout(deadline));
  req.once("end", () => clearTimeout(deadline));
}

/** Lets the body of `req` take as long as it needs, while bytes go on to move. Only for senders that may do more than others. */
export function unlimitBody(req: IncomingMessage): void {
  clearTimeout(deadlines.get(req));
}
