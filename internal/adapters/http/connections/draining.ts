import type { ServerResponse } from "node:http";
import type { Counting } from "../../../ports/counting.ts";

/**
 * Ends the connection with this answer while the node is draining: its client's next request then goes to a node that stays,
 * instead of being refused here.
 */
export function leaveIfDraining(res: ServerResponse, counting: Counting): void {
  if (!counting.ready()) res.shouldKeepAlive = false;
}
