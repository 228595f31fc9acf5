import type { IncomingMessage } from "node:http";
import { ruleFor } from "../../../core/access/counter_rules.ts";
import {
  countsFreely,
  mayCount,
  mayRead,
  mayReadLists,
  pageCreates,
  type Refusal,
  refusalOfHits,
  viewCreates,
} from "../../../core/access/decisions.ts";
import { type AccessPolicy, reservedCounters, USUAL_POLICY } from "../../../core/access/policy.ts";
import { isFor, type TokenEntry } from "../../../core/access/token_list.ts";
import type { KeyId } from "../../../core/keys/idempotency_key.ts";
import type { AccessMeter, Tokens } from "../../../ports/access.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { Problem } from "../problem.ts";
import { badToken, noNewCounters, tokenNeeded, tokenNotForThis, tooOften, visitorsOnly } from "./access_problems.ts";
import { type AccessRates, type LimiterSet, limiters, USUAL_RATES } from "./access_rates.ts";
import { ClientAddresses } from "./client_address.ts";
import { hasRoomForPage } from "./site_room.ts";

export interface AccessOptions {
  readonly policy: AccessPolicy;
  /** Null: there are no tokens, so each one is wrong. */
  readonly tokens: Tokens | null;
  /** IP addresses and networks of proxies. */
  readonly trustedProxies: readonly string[];
  /** Counters that have a place of their own: no rate limits their first hit. */
  readonly reserved: ReadonlySet<string>;
  readonly rates: AccessRates;
  readonly meter: Pick<AccessMeter, "refused">;
}

export const USUAL_ACCESS: AccessOptions = {
  policy: USUAL_POLICY,
  tokens: null,
  trustedProxies: [],
  reserved: reservedCounters(null, USUAL_POLICY.create),
  rates: USUAL_RATES,
  meter: { refused: () => {} },
};

/** The token of a request. Null: it has none. */
export type Caller = TokenEntry | null;

/** Whether a request may see what is for those who run the cluster. */
export function isAdmin(token: Caller): boolean {
  return token?.rights.includes("admin") ?? false;
}

/**
 * Decides what a request may do, by its token, the settings and the rates. Each method that admits something throws Problem if it does not.
 *
 * The fast path asks `passes` alone. It must stay as cheap as it is: every hit pays for it.
 */
export class Gate {
  readonly #options: AccessOptions;
  readonly #counting: Counting;
  readonly #clock: Clock;
  readonly #clients: ClientAddresses;
  readonly #limiters: LimiterSet;

  constructor(options: AccessOptions, { counting, clock }: { counting: Counting; clock: Clock }) {
    this.#options = options;
    this.#counting = counting;
    this.#clock = clock;
    this.#clients = new ClientAddresses(options.trustedProxies);
    this.#limiters = limiters(options.rates);
  }

  /** Whether one hit needs no further look. Otherwise the router looks, and says what is wrong. */
  passes(req: IncomingMessage, counter: string): boolean {
    return (
      req.headers.authorization === undefined &&
      countsFreely(this.#options.policy, counter) &&
      this.#counting.knows(counter)
    );
  }

  /** The request's token. A wrong one is refused even where none is needed: its sender believes that it works. */
  identify(req: IncomingMessage): Caller {
    const { authorization } = req.headers;
    if (authorization === undefined) return null;
    const [, text = ""] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const token = this.#options.tokens?.find(text) ?? null;
    if (token !== null) return token;
    // Right tokens still pass: others behind the same proxy must not lose theirs because one guesses.
    this.#take("badTokens", req, "wrong tokens");
    this.#options.meter.refused("bad_token");
    throw new Problem(badToken());
  }

  /** `key`: that of the request; null: it has none. */
  admitHits(req: IncomingMessage, token: Caller, counter: string, by: number, key: KeyId | null = null): void {
    const exists = this.#counting.knows(counter);
    const asked = { counter, by, exists: exists || this.#options.reserved.has(counter), token };
    const refusal = refusalOfHits(this.#options.policy, asked);
    if (refusal !== null) this.#refuse(refusal, counter, token, by);
    const trusted = token !== null && isFor(token, counter);
    // Its sender may ask again and again, for example while the cluster is upgraded, and should hear why it has to wait.
    if (!asked.exists && !trusted && !this.#counting.refuses(counter, key))
      this.#take("newCounters", req, "new counters");
  }

  /** What opening the page of `counter` does. */
  admitPage(req: IncomingMessage, token: Caller, counter: string): "counts" | "shows" | "unknown" {
    this.admitRead(token, counter);
    if (!this.counts(token, counter)) return "shows";
    if (!this.hasPage(counter)) {
      if (token === null) this.#take("unknownPages", req, "pages of counters that do not exist");
      return "unknown";
    }
    this.admitHits(req, token, counter, 1);
    return "counts";
  }

  /**
   * Whether a view may count for its page. Otherwise it counts for the other pages of its site: the page would be a new counter, and the site
   * has as many as it may, or they are made too fast. Throws Problem if views of the site may not be counted.
   */
  admitView(req: IncomingMessage, token: Caller, site: string, page: string): boolean {
    this.admitHits(req, token, site, 1);
    if (!this.counts(token, page)) this.#refuse("count", page, token);
    if (this.#counting.knows(page)) return true;
    if (!viewCreates(this.#options.policy, page, token) || !hasRoomForPage(this.#counting, site)) return false;
    return this.#limiters.newPages.take(this.#clients.keyOf(req), this.#clock.monotonic()) === 0;
  }

  /** The address that the request's sender is known by: of IPv6, the network. */
  addressOf(req: IncomingMessage): string {
    return this.#clients.keyOf(req);
  }

  /** Whether `counter` has a page: it exists, or opening its page creates it. */
  hasPage(counter: string): boolean {
    return this.#exists(counter) || pageCreates(this.#options.policy, counter);
  }

  /** Whether hits of `counter` may be counted, if it exists. */
  counts(token: Caller, counter: string): boolean {
    return mayCount(this.#options.policy, counter, token);
  }

  admitRead(token: Caller, counter: string): void {
    if (!mayRead(this.#options.policy, counter, token)) this.#refuse("read", counter, token);
  }

  /** Returns which counters a list may show. */
  admitLists(token: Caller): (counter: string) => boolean {
    const { policy } = this.#options;
    if (!mayReadLists(policy, token)) this.#refuse("read", "", token);
    return (counter) => mayRead(policy, counter, token);
  }

  /** Whether strangers may see that there is `counter`. */
  shows(counter: string): boolean {
    return mayReadLists(this.#options.policy, null) && mayRead(this.#options.policy, counter, null);
  }

  /** Returns the address that the stream is bounded by; null: its token stands for it. */
  admitStream(req: IncomingMessage, token: Caller, counter: string): string | null {
    this.admitRead(token, counter);
    if (token !== null && isFor(token, counter)) return null;
    this.#take("streams", req, "new event streams");
    return this.#clients.keyOf(req);
  }

  /** Before it has heard of all counters, a node does not know which counters exist. Their visitors must not pay for that. */
  #exists(counter: string): boolean {
    const { reserved } = this.#options;
    return reserved.has(counter) || this.#counting.knows(counter) || !this.#counting.complete();
  }

  #take(limiter: keyof LimiterSet, req: IncomingMessage, what: string): void {
    const waitMs = this.#limiters[limiter].take(this.#clients.keyOf(req), this.#clock.monotonic());
    if (waitMs === 0) return;
    this.#options.meter.refused("rate");
    throw new Problem(tooOften(what, waitMs));
  }

  #refuse(refusal: Refusal, counter: string, token: Caller, by = 1): never {
    this.#options.meter.refused("no_right");
    if (refusal === "nobody") throw new Problem(noNewCounters(counter));
    if (refusal === "visitors") throw new Problem(visitorsOnly(counter));
    const refused = { refusal, counter, by, maxBy: ruleFor(this.#options.policy.maxBy, counter) };
    throw new Problem(token === null ? tokenNeeded(refused) : tokenNotForThis(refused, token.name));
  }
}
