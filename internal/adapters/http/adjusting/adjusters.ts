import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { isFor } from "../../../core/access/token_list.ts";
import { type Caller, isAdmin } from "../access/gate.ts";
import { Problem } from "../problem.ts";
import { adminNeeded, tokenNotForCounter } from "./adjust_problems.ts";

/** Who an adjustment is done for. */
export interface Adjuster {
  /** As the audit names it: a token's name, or `admin port`. */
  readonly who: string;
  /** Whether it may see and adjust this counter; null: whether it may all counters. */
  mayAdjust(counter: string | null): boolean;
}

/** A client that comes from the machine itself may run commands there anyway. */
const ADMIN_PORT: Adjuster = { who: "admin port", mayAdjust: () => true };

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
/** Headers of proxies: their clients are elsewhere. */
const FORWARDED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/** Decides who may adjust counters and read the audit: a token of right `admin`; on the admin port also a program of the same machine. */
export class Adjusters {
  readonly #identify: (req: IncomingMessage) => Caller;
  readonly #trustsLoopback: boolean;

  /** `identify` returns the token of a request. `trustsLoopback`: whether this is the admin port. */
  constructor(identify: (req: IncomingMessage) => Caller, trustsLoopback: boolean) {
    this.#identify = identify;
    this.#trustsLoopback = trustsLoopback;
  }

  /** Throws Problem if nobody may adjust with this request. */
  admit(req: IncomingMessage): Adjuster {
    const token = this.#identify(req);
    if (token === null && this.#trustsLoopback && isLocal(req)) return ADMIN_PORT;
    if (token === null || !isAdmin(token)) throw new Problem(adminNeeded(token?.name ?? null));
    const { name: who } = token;
    return { who, mayAdjust: (counter) => (counter === null ? token.counters.includes("*") : isFor(token, counter)) };
  }
}

/** Throws Problem. */
export function mustBeFor({ who, mayAdjust }: Adjuster, counter: string): void {
  if (!mayAdjust(counter)) throw new Problem(tokenNotForCounter(who, counter));
}

/**
 * Whether a program of this machine asks, by an address and not by a name: pages of other sites that a browser on this machine shows could
 * otherwise come here under a name of their own.
 */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const host = (headers.host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const byAddress = host === "localhost" || isIP(host) !== 0;
  return byAddress && LOOPBACK.test(socket.remoteAddress ?? "") && !FORWARDED.some((name) => name in headers);
}
