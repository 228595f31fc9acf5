import { type AccessOptions, USUAL_ACCESS } from "../../../internal/adapters/http/access/gate.ts";
import type { Rates } from "../../../internal/core/access/rates.ts";
import { MAX_HITS_PER_REQUEST } from "../../../internal/core/names.ts";

const ANY: Rates = {
  perAddress: { burst: Number.MAX_SAFE_INTEGER, intervalMs: 0 },
  inAll: { burst: Number.MAX_SAFE_INTEGER, intervalMs: 0 },
};

/** Whoever asks may count and create what a request can ask for, as often as he likes: for tests of something else. */
export const OPEN_ACCESS: AccessOptions = {
  ...USUAL_ACCESS,
  policy: {
    ...USUAL_ACCESS.policy,
    maxBy: { usual: MAX_HITS_PER_REQUEST, named: new Map() },
    create: { usual: "anyone", named: new Map([["*", "anyone"]]) },
  },
  rates: { newCounters: ANY, newPages: ANY, unknownPages: ANY, streams: ANY, badTokens: ANY },
};
