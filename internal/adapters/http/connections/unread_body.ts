import type { IncomingMessage } from "node:http";
import type { Context, Next } from "koa";

/** Most bytes of a refused body that are read and dropped; whoever sends more after the answer is cut off. */
const MOST_DROPPED = 64 * 1024;

/**
 * Lets a client finish sending a body that nobody wants, so that it gets to read the answer (a connection closed with unread
 * bytes in it is reset, and the answer is lost), but not a body without end.
 */
export async function limitUnread({ req }: Context, next: Next): Promise<void> {
  await next();
  if (!req.complete) drop(req);
}

function drop(req: IncomingMessage): void {
  let dropped = 0;
  req.on("error", () => {});
  req.on("data", (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > MOST_DROPPED) req.destroy();
  });
}
