import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "koa";
import { Problem } from "./problem.ts";
import { foreignOrigin } from "./problems.ts";

/** Whose pages may count and read from a browser: everyone's, or those of the listed origins (`https://example.com`). */
export type AllowedOrigins = "*" | ReadonlySet<string>;

/** Seconds for which a browser remembers what it may send. */
const PREFLIGHT_AGE = "86400";

/**
 * Cross-origin resource sharing (https://fetch.spec.whatwg.org/#http-cors-protocol). Requests without an `Origin` header do not
 * come from another site's script: images, curl, servers. They are never refused.
 */
export class Origins {
  readonly #allowed: AllowedOrigins;
  /** Name and value of the header that every answer has which another site's script might read. */
  readonly always: readonly [name: string, value: string];

  constructor(allowed: AllowedOrigins) {
    this.#allowed = allowed;
    this.always = allowed === "*" ? ["Access-Control-Allow-Origin", "*"] : ["Vary", "Origin"];
  }

  /** Whether the answer to this request has no other header of this kind than `always`. */
  sameForEveryOrigin(req: IncomingMessage): boolean {
    return this.#allowed === "*" || req.headers.origin === undefined;
  }

  /** Sets `always`, when the answer's other headers are not set yet. */
  mark(res: ServerResponse): void {
    res.setHeader(...this.always);
  }

  /** Lets the page that asks read the answer, if it may. */
  answer(ctx: Context): void {
    this.mark(ctx.res);
    const { origin } = ctx.req.headers;
    if (this.#allowed !== "*" && origin !== undefined && this.#allowed.has(origin)) {
      ctx.set("Access-Control-Allow-Origin", origin);
    }
  }

  /** Throws Problem when a page that may not count here wants to. */
  mustAdmit(ctx: Context): void {
    const { origin, host } = ctx.req.headers;
    if (this.#allowed === "*" || origin === undefined || this.#allowed.has(origin)) return;
    // The node's own pages may: a browser names their origin too when they POST.
    if (URL.parse(origin)?.host !== host) throw new Problem(foreignOrigin(origin));
  }

  /** Tells a browser what it may send to a path that has `methods`. Throws Problem. */
  answerPreflight(ctx: Context, methods: readonly string[]): void {
    this.mustAdmit(ctx);
    ctx.set({
      "Access-Control-Allow-Methods": methods.join(", "),
      "Access-Control-Allow-Headers": "Content-Type",
      "Access-Control-Max-Age": PREFLIGHT_AGE,
    });
    ctx.status = 204;
  }
}

/** Whether a browser asks what it may send, before it sends it. */
export function isPreflight({ method, req }: Context): boolean {
  const { origin, "access-control-request-method": wanted } = req.headers;
  return method === "OPTIONS" && origin !== undefined && wanted !== undefined;
}
