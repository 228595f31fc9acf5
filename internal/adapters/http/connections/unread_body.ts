import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";

/** How long a client may go on sending a body after the response, before its connection is reset, in milliseconds. */
const LINGER_MS = 2_000;

/**
 * Closes the connection after the response, unless the handler reads the whole body. The rest of an unread body would be taken for
 * the next request (RFC 9112, section 9.3). Call this before the handler, for each request with a body.
 */
export function closeUnlessRead(req: IncomingMessage, res: ServerResponse): void {
  const { socket } = req;
  const { shouldKeepAlive } = res;
  res.shouldKeepAlive = false;
  // node:http calls this once the last response on a connection is out.
  socket.destroySoon = () => {
    if (req.complete) Socket.prototype.destroySoon.call(socket);
    else linger(req);
  };
  req.once("end", () => {
    res.shouldKeepAlive = shouldKeepAlive;
    // Back to that of the class: an idle connection need not remember its last request.
    Reflect.deleteProperty(socket, "destroySoon");
  });
}

/**
 * Ends this side of the connection only, and drops what still arrives. Closing a connection that has unread bytes resets it, and its
 * client may then lose the response.
 */
function linger(req: IncomingMessage): void {
  const { socket } = req;
  socket.end();
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(cut));
  req.once("end", () => Socket.prototype.destroySoon.call(socket));
}
