import type Router from "@koa/router";
import { fixedFile, sendFixedFile } from "./fixed_file.ts";

/**
 * Robots Exclusion Protocol (RFC 9309). A crawler's visit of a page would be counted like a person's, and one that runs scripts would
 * count by `count.js`. So everything is closed, and not a list of paths: `Disallow: /$` for the start page alone is not understood by
 * all. Image proxies are no crawlers and ask for no such file.
 */
const ROBOTS = `# Every visit of a page here is counted.
User-agent: *
Disallow: /
`;

/** `GET /robots.txt`. Crawlers that have been here before may ask with any query. */
export function routeRobots(router: Router): void {
  const file = fixedFile("text/plain; charset=utf-8", ROBOTS);
  router.get("/robots.txt", (ctx) => sendFixedFile(ctx, file));
}
