import type { ServerResponse } from "node:http";
import type { Counting } from "../../../ports/counting.ts";

/**
 * While the node is draining, closes the connection after this response. The client's next request then goes to a node that stays,
 * and is not refused here.
 */
export function leaveIfDraining(res: ServerResponse, counting: Counting): void {
  if (!counting.ready()) res.shouldKeepAlive = false;
}
