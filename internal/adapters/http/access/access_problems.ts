import type { Refusal } from "../../../core/access/decisions.ts";
import type { ProblemFields } from "../problem.ts";
import { quoted } from "../problems.ts";

/** All problems of tokens and rates. In each of them, nothing was counted. */

export interface Refused {
  readonly refusal: Refusal;
  readonly counter: string;
  readonly by: number;
  /** Most hits that a request without a token may count. */
  readonly maxBy: number;
}

const HOW_TO_SEND = 'Send a token in the header "Authorization: Bearer gc_...".';
const HOW_TO_GET = "The people who run this cluster make one with: global-cluster token create NAME";

/** The request has no token, and one would help (RFC 6750, section 3). */
export function tokenNeeded(refused: Refused): ProblemFields {
  return {
    status: 401,
    kind: "token-needed",
    title: "Token needed",
    detail: `${wanted(refused)} without a token. Nothing was counted.`,
    remedy: `${refused.refusal === "by" ? `Send {"by": ${refused.maxBy}} or less, or use a token. ` : ""}${HOW_TO_SEND} ${HOW_TO_GET}`,
    headers: { "WWW-Authenticate": CHALLENGE },
  };
}

/** The request has a token that is for something else. */
export function tokenNotForThis(refused: Refused, tokenName: string): ProblemFields {
  return {
    status: 403,
    kind: "token-not-for-this",
    title: "Token not for this",
    detail: `${wanted(refused)} with the token ${quoted(tokenName)}. Nothing was counted.`,
    remedy: `Use a token for ${quoted(refused.counter)}. ${HOW_TO_GET} --counters ${refused.counter || "'*'"}`,
    headers: { "WWW-Authenticate": `${CHALLENGE}, error="insufficient_scope"` },
  };
}

export function badToken(): ProblemFields {
  return {
    status: 401,
    kind: "bad-token",
    title: "Token not valid",
    detail:
      "The Authorization header has no valid token: it was mistyped, revoked, or its time is over. Nothing was counted.",
    remedy: `${HOW_TO_SEND} ${HOW_TO_GET}`,
    headers: { "WWW-Authenticate": `${CHALLENGE}, error="invalid_token"` },
  };
}

/** Not even a token allows it. */
export function noNewCounters(counter: string): ProblemFields {
  return {
    status: 403,
    kind: "no-new-counters",
    title: "No new counters",
    detail: `${quoted(counter)} would be a new counter, and the settings of this cluster allow none of this name.`,
    remedy: "Use an existing counter (GET /v1/counters), or have this name allowed in the setting --create.",
  };
}

/** Only the cluster itself counts there: each visitor once. */
export function visitorsOnly(counter: string): ProblemFields {
  return {
    status: 403,
    kind: "visitors-only",
    title: "Counts visitors only",
    detail: `${quoted(counter)} has the number of visitors of another counter, so no request can count there. Nothing was counted.`,
    remedy: "Count views with POST /v1/visits: the cluster then counts each visitor once.",
  };
}

/** @param what plural: "new counters". @param waitMs until the next one is allowed. */
export function tooOften(what: string, waitMs: number): ProblemFields {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return {
    status: 429,
    kind: "too-often",
    title: "Too often",
    detail: `There were too many ${what} from this address, or in all. Nothing was counted.`,
    remedy: `Try again in ${seconds} s.`,
    headers: { "Retry-After": String(seconds) },
  };
}

const CHALLENGE = 'Bearer realm="global-cluster"';

function wanted({ refusal, counter, by, maxBy }: Refused): string {
  const of = quoted(counter);
  const words: Readonly<Record<Refusal, string>> = {
    count: `Hits of ${of} cannot be counted`,
    by: `${by} hits at once, of which ${maxBy} ${maxBy === 1 ? "is" : "are"} allowed, cannot be counted`,
    create: `The new counter ${of} cannot be created`,
    nobody: `The new counter ${of} cannot be created`,
    visitors: `Hits of ${of} cannot be counted`,
    read: counter === "" ? "Lists of counters cannot be read" : `${of} cannot be read`,
  };
  return words[refusal];
}
