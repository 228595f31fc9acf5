import type { IncomingMessage } from "node:http";
import { isbot } from "isbot";
import { remembered } from "../counted_response.ts";

/** The library tries some hundred patterns. Most requests have one of a few agents. */
const isProgram = remembered((agent) => isbot(agent));

/** Longer ones are no browser's, and would fill the memory. */
const MAX_AGENT_LENGTH = 512;

/**
 * Whether a program sent the request and not a person's browser: a crawler or a tool, by its `User-Agent`, or a browser that loads a page
 * before anybody asked for it (`Sec-Purpose`, and its older names).
 */
export function isBot(req: IncomingMessage): boolean {
  const agent = req.headers["user-agent"];
  return (agent !== undefined && (agent.length > MAX_AGENT_LENGTH || isProgram(agent))) || isLoadedAhead(req);
}

/** Whether a browser loads this before anybody asked for it. */
export function isLoadedAhead({ headers }: IncomingMessage): boolean {
  return (
    isAhead(headers["sec-purpose"]) ||
    isAhead(headers.purpose) ||
    isAhead(headers["x-purpose"]) ||
    isAhead(headers["x-moz"])
  );
}

function isAhead(purpose: string | string[] | undefined): boolean {
  return purpose !== undefined && /prefetch|prerender|preview/i.test(String(purpose));
}
