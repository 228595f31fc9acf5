import { RateLimiter, type Rates } from "../../../core/access/rates.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What is limited by address and in all. Hits of counters that exist are not: behind a proxy, all visitors may have one address. */
export interface AccessRates {
  readonly newCounters: Rates;
  /** Counters of pages that are new in their site. Beyond it, views count for the site's other pages. */
  readonly newPages: Rates;
  readonly unknownPages: Rates;
  readonly streams: Rates;
  readonly badTokens: Rates;
}

export const USUAL_RATES: AccessRates = {
  // A site's first visitors create its counters within its first hours. Alone, one address needs 16 hours to fill a cluster of 10,000.
  newCounters: perAddressAndInAll({ burst: 60, every: 6 * SECOND }, { burst: 600, every: SECOND }),
  // Behind a proxy, all visitors of a site of 300 pages may have one address.
  newPages: perAddressAndInAll({ burst: 300, every: 6 * SECOND }, { burst: 600, every: SECOND }),
  unknownPages: perAddressAndInAll({ burst: 30, every: SECOND }, { burst: 200, every: SECOND / 20 }),
  // A new stream costs up to a millisecond: its first message has the whole cluster. So all together take a fifth of a core at most.
  streams: perAddressAndInAll({ burst: 200, every: SECOND / 20 }, { burst: 1_000, every: SECOND / 200 }),
  badTokens: perAddressAndInAll({ burst: 10, every: MINUTE / 6 }, { burst: 1_000, every: SECOND / 10 }),
};

interface Allowance {
  readonly burst: number;
  readonly every: number;
}

function perAddressAndInAll(perAddress: Allowance, inAll: Allowance): Rates {
  return {
    perAddress: { burst: perAddress.burst, intervalMs: perAddress.every },
    inAll: { burst: inAll.burst, intervalMs: inAll.every },
  };
}

export type LimiterSet = { readonly [K in keyof AccessRates]: RateLimiter };

export function limiters({ newCounters, newPages, unknownPages, streams, badTokens }: AccessRates): LimiterSet {
  return {
    newCounters: new RateLimiter(newCounters),
    newPages: new RateLimiter(newPages),
    unknownPages: new RateLimiter(unknownPages),
    streams: new RateLimiter(streams),
    badTokens: new RateLimiter(badTokens),
  };
}
