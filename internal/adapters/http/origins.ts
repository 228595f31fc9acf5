import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "koa";
import { Problem } from "./problem.ts";
import { foreignOrigin } from "./problems.ts";

/** Origins of the pages whose scripts may count and read, for example `https://example.com`. "*": all. */
export type AllowedOrigins = "*" | ReadonlySet<string>;

/** How long a browser remembers what it may send. */
const PREFLIGHT_AGE_SECONDS = "86400";

/**
 * Cross-origin resource sharing (https://fetch.spec.whatwg.org/#http-cors-protocol). Requests without an `Origin` header, such as those of
 * images, curl and servers, do not come from a script of another site, so they are never refused.
 */
export class Origins {
  readonly #allowed: AllowedOrigins;
  /** The header of every response that a script of another site might read. */
  readonly always: readonly [name: string, value: string];

  constructor(allowed: AllowedOrigins) {
    this.#allowed = allowed;
    this.always = allowed === "*" ? ["Access-Control-Allow-Origin", "*"] : ["Vary", "Origin"];
  }

  /** Whether `always` is the only header of this kind in the response to this request. */
  sameForEveryOrigin(req: IncomingMessage): boolean {
    return this.#allowed === "*" || req.headers.origin === undefined;
  }

  /** Sets `always`, before the other headers are written. */
  mark(res: ServerResponse): void {
    res.setHeader(...this.always);
  }

  /** Lets the requesting page read the response, if it may. */
  allow(ctx: Context): void {
    this.mark(ctx.res);
    const { origin } = ctx.req.headers;
    if (this.#allowed !== "*" && origin !== undefined && this.#allowed.has(origin)) {
      ctx.set("Access-Control-Allow-Origin", origin);
    }
  }

  /** Throws Problem if the requesting page may not count here. */
  mustAdmit(ctx: Context): void {
    const { origin, host } = ctx.req.headers;
    if (this.#allowed === "*" || origin === undefined || this.#allowed.has(origin)) return;
    // The node's own pages may count. When they POST, the browser sends their origin, too.
    if (URL.parse(origin)?.host !== host) throw new Problem(foreignOrigin(origin));
  }

  /** Says what a page may send to a path that has `methods`. Throws Problem. */
  respondToPreflight(ctx: Context, methods: readonly string[]): void {
    this.mustAdmit(ctx);
    ctx.set({
      "Access-Control-Allow-Methods": methods.join(", "),
      "Access-Control-Allow-Headers": "Content-Type",
      "Access-Control-Max-Age": PREFLIGHT_AGE_SECONDS,
    });
    ctx.status = 204;
  }
}

/** Whether a browser asks what it may send. */
export function isPreflight({ method, req }: Context): boolean {
  const { origin, "access-control-request-method": wanted } = req.headers;
  return method === "OPTIONS" && origin !== undefined && wanted !== undefined;
}
