import type { IncomingMessage } from "node:http";
import type { Visitor } from "../../../core/marks/mark.ts";
import type { Gate } from "../access/gate.ts";
import { isBot } from "./bots.ts";

/**
 * Who sent a request, to be counted once. Null: a program sent it, or its sender does not want to be told apart (Global Privacy Control,
 * https://w3c.github.io/gpc/).
 */
export function visitorOf(req: IncomingMessage, gate: Gate): Visitor | null {
  if (req.headers["sec-gpc"] === "1" || isBot(req)) return null;
  return { address: gate.addressOf(req), agent: req.headers["user-agent"] ?? "" };
}
