import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "koa";
import type { Hosts } from "./hosts.ts";
import { Problem } from "./problem.ts";
import { foreignOrigin } from "./problems.ts";

/** Origins of the pages that may count, and whose scripts may read, for example `https://example.com`. "*": all. */
export type AllowedOrigins = "*" | ReadonlySet<string>;

/** How long a browser remembers what it may send. */
const PREFLIGHT_AGE_SECONDS = "86400";

/** Scripts of other sites count and read. They may not set or delete a counter. */
const FOR_OTHER_SITES: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"]);

/** A page of another site that does not say which. */
const NAMELESS = "";

/**
 * Which pages may count and read: cross-origin resource sharing (https://fetch.spec.whatwg.org/#http-cors-protocol) for scripts, and fetch metadata
 * (https://www.w3.org/TR/fetch-metadata/) for what pages embed. Requests of curl and servers come from no page, so they are never refused.
 */
export class Origins {
  readonly #allowed: AllowedOrigins;
  readonly #hosts: Hosts;
  /** The header of every response that a script of another site might read. */
  readonly always: readonly [name: string, value: string];

  constructor(allowed: AllowedOrigins, hosts: Hosts) {
    this.#allowed = allowed;
    this.#hosts = hosts;
    this.always = allowed === "*" ? ["Access-Control-Allow-Origin", "*"] : ["Vary", "Origin"];
  }

  /** Whether the request may count, and `always` is the only header of this kind in its response. */
  admitsPlainly({ headers }: IncomingMessage): boolean {
    return this.#allowed === "*" || (headers.origin === undefined && this.#stranger(headers) === null);
  }

  /** The same for a request of one of the node's pages. */
  admitsVisit({ headers }: IncomingMessage): boolean {
    return this.#allowed === "*" || this.#visitingStranger(headers) === null;
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
    refuse(this.#stranger(ctx.req.headers));
  }

  /** Throws Problem if another site shows one of the node's pages inside its own. */
  mustAdmitVisit(ctx: Context): void {
    refuse(this.#visitingStranger(ctx.req.headers));
  }

  /** Says what a page may send to a path that has `methods`. Throws Problem. */
  respondToPreflight(ctx: Context, methods: readonly string[]): void {
    this.mustAdmit(ctx);
    ctx.set({
      "Access-Control-Allow-Methods": methods.filter((method) => FOR_OTHER_SITES.has(method)).join(", "),
      "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
      "Access-Control-Max-Age": PREFLIGHT_AGE_SECONDS,
    });
    ctx.status = 204;
  }

  /** The origin of the page that may not count; null: it may. */
  #stranger(headers: IncomingHttpHeaders): string | null {
    if (this.#allowed === "*") return null;
    const page = pageOf(headers);
    if (page !== undefined) return this.#allowed.has(page) || this.#isOwn(page, headers) ? null : page;
    // Without Fetch metadata it is no browser, or one that never tells. With "none" a person typed the address.
    const site = headers["sec-fetch-site"];
    if (site === undefined || site === "none") return null;
    return site === "same-origin" && this.#hosts.isOwn(headers.host) ? null : NAMELESS;
  }

  /** People come to a page by links, so it must not matter where a link was. */
  #visitingStranger(headers: IncomingHttpHeaders): string | null {
    const opened = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
    return opened || headers["sec-fetch-site"] === undefined ? null : this.#stranger(headers);
  }

  /** When the node's own pages POST, the browser sends their origin, too. */
  #isOwn(origin: string, { host }: IncomingHttpHeaders): boolean {
    return URL.parse(origin)?.host === host && this.#hosts.isOwn(host);
  }
}

/** Images come without an `Origin`. By default browsers name the origin of their page in `Referer`. */
function pageOf({ origin, referer }: IncomingHttpHeaders): string | undefined {
  return origin ?? (referer === undefined ? undefined : URL.parse(referer)?.origin);
}

function refuse(stranger: string | null): void {
  if (stranger !== null) throw new Problem(foreignOrigin(stranger));
}

/** Whether a browser asks what it may send. */
export function isPreflight({ method, req }: Context): boolean {
  const { origin, "access-control-request-method": wanted } = req.headers;
  return method === "OPTIONS" && origin !== undefined && wanted !== undefined;
}
