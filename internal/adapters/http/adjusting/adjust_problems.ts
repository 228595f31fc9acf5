import { MAX_LINK_BYTES, MAX_LINKS } from "../../../core/links/links.ts";
import type { AdjustmentOutcome } from "../../../ports/adjusting.ts";
import type { ProblemFields } from "../problem.ts";
import { quoted } from "../problems.ts";

/** All problems of adjustments. `done` says whether it was done: false, or "unknown". */

type Refusal = Exclude<AdjustmentOutcome, { done: true }>;

const SAME_KEY = "Send it again with the same Idempotency-Key: it is done once.";
const NOT_DONE = { members: { done: false } } as const;

export function adminNeeded(token: string | null): ProblemFields {
  const name = token === null ? "" : ` The token ${quoted(token)} does not have this right.`;
  return {
    ...NOT_DONE,
    status: token === null ? 401 : 403,
    kind: "admin-needed",
    title: "Token with the right admin needed",
    detail: `Only a token with the right "admin" may change counters and links, or read the audit.${name}`,
    remedy:
      'Send one in the header "Authorization: Bearer gc_...". The people who run this cluster make one with: global-cluster token create NAME --admin. On a node\'s own machine, its admin port needs none, if it has one.',
    headers: { "WWW-Authenticate": 'Bearer realm="global-cluster"' },
  };
}

export function tokenNotForCounter(token: string, counter: string): ProblemFields {
  return {
    ...NOT_DONE,
    status: 403,
    kind: "token-not-for-this",
    title: "Token not for this",
    detail: `The token ${quoted(token)} is not for the counter ${quoted(counter)}. Nothing was done.`,
    remedy: `Use a token whose counters include ${quoted(counter)}.`,
  };
}

export function badAdjustment(detail: string, remedy: string): ProblemFields {
  return { ...NOT_DONE, status: 400, kind: "bad-body", title: "Body not understood", detail, remedy };
}

export function badIfMatch(text: string): ProblemFields {
  return {
    ...NOT_DONE,
    status: 400,
    kind: "bad-if-match",
    title: "If-Match not understood",
    detail: `If-Match is ${quoted(text)}.`,
    remedy: 'Send the generation of the counter in quotes, for example If-Match: "42", or leave it out.',
  };
}

/** Why an adjustment was not done. `what`: for people, for example `"votes"` or `lines 2001 to 4000`. */
export function notAdjusted(refusal: Refusal, what: string): ProblemFields {
  return { ...problemOf(refusal, what), members: { done: refusal.done, ...membersOf(refusal) } };
}

function membersOf(refusal: Refusal): Record<string, unknown> {
  if (refusal.reason === "generation") return { generation: refusal.generation };
  if (refusal.reason === "too-large" && refusal.line !== null) return { line: refusal.line };
  return {};
}

function problemOf(refusal: Refusal, what: string): ProblemFields {
  switch (refusal.reason) {
    case "generation":
      return {
        status: 412,
        kind: "generation-over",
        title: "Changed meanwhile",
        detail: `The counter ${what} now has generation ${refusal.generation}, not the one that this request names (If-Match).`,
        remedy:
          "Somebody changed it meanwhile, or it was never in that generation. Read the counter again, and decide again.",
      };
    case "too-large":
      return {
        status: 422,
        kind: "too-large",
        title: "Total too large",
        detail: `${refusal.line === null ? "" : `Line ${refusal.line}: `}with ${quoted(refusal.counter)}, all totals together would be over 2^63 - 1.`,
        remedy: "Use a smaller value.",
      };
    case "reused":
      return {
        status: 422,
        kind: "key-reused",
        title: "Key used for another adjustment",
        detail: `Another adjustment than ${what} was done with this Idempotency-Key.`,
        remedy: "Use a new key for each adjustment, and the same one only to send that one again.",
      };
    case "expired":
      return {
        status: 422,
        kind: "key-expired",
        title: "Key expired",
        detail: "The time in the Idempotency-Key is before the oldest adjustment that the audit keeps.",
        remedy: "Look at the counter. Use a new key, or correct the clock of the client.",
      };
    case "ahead":
      return {
        status: 422,
        kind: "key-ahead",
        title: "Key from the future",
        detail: "The time in the Idempotency-Key is more than a minute ahead of the leader's clock.",
        remedy: "Correct the clock of the client, and use a new key.",
      };
    case "not-allowed":
      return {
        status: 403,
        kind: "not-allowed",
        title: "Counter not allowed",
        detail: `${quoted(refusal.counter)} is not one of the counters that the settings of this cluster allow.`,
        remedy: "Use an allowed name, or have this one added to the settings.",
      };
    case "too-many-counters":
      return {
        status: 409,
        kind: "too-many-counters",
        title: "Too many counters",
        detail: `This cluster has no room for the new counters of ${what}.`,
        remedy: "Delete counters, or have the limit of the cluster raised.",
      };
    case "too-many-links":
      return {
        status: 409,
        kind: "too-many-links",
        title: "Too many links",
        detail: `With the one of ${what}, there would be more than ${MAX_LINKS} links, or more than ${MAX_LINK_BYTES} bytes of their names and destinations.`,
        remedy: "Remove links, or use shorter addresses.",
      };
    case "too-many-deleted":
      return {
        status: 409,
        kind: "too-many-deleted",
        title: "Too many counters deleted",
        detail: `So many counters were deleted that no more deletions fit the memory for days (--days-budget). Nothing was done to ${what}.`,
        remedy: "Have --days-budget raised on all nodes, or wait until the day is no longer kept.",
      };
    default:
      return laterProblemOf(refusal, what);
  }
}

function laterProblemOf(refusal: Refusal, what: string): ProblemFields {
  const later = { status: 503, remedy: SAME_KEY, headers: { "Retry-After": "1" } } as const;
  if (refusal.reason === "upgrading") {
    const nodes = refusal.waitsFor.length === 0 ? "" : ` It waits for ${refusal.waitsFor.join(", ")}.`;
    return {
      ...later,
      kind: "upgrading",
      title: "The cluster is being upgraded",
      detail: `Counters can be adjusted when all nodes have been of a release after 0.1.0 for a minute.${nodes}`,
    };
  }
  if (refusal.reason === "store-away")
    return {
      ...later,
      kind: "store-away",
      title: "The store takes no commits",
      detail: `The adjustment of ${what} is done when it is committed, and the store is not available. Nothing was done.`,
    };
  if (refusal.reason === "too-many-waiting")
    return {
      ...later,
      kind: "too-many-waiting",
      title: "Too many adjustments wait",
      detail: "As many adjustments wait at the leader as may.",
    };
  return {
    ...later,
    kind: "not-committed",
    title: refusal.done === false ? "Not done" : "Not known to be done",
    detail:
      refusal.done === false
        ? `No leader took the adjustment of ${what} in time. Nothing was done.`
        : `No leader said in time whether the adjustment of ${what} was done.`,
  };
}

export function auditUnread(): ProblemFields {
  return {
    status: 503,
    kind: "store-away",
    title: "The store cannot be read",
    detail: "The audit is in the store, and the store is not available.",
    remedy: "Try again later.",
    headers: { "Retry-After": "5" },
    counted: null,
  };
}

/** `why`: a sentence. Lines of earlier parts are done. */
export function badLine(line: number, why: string): ProblemFields {
  return {
    status: 400,
    kind: "bad-line",
    title: "Line not understood",
    detail: `Line ${line} of the import: ${why} No line of its part was done.`,
    remedy:
      'Each line is {"counter": "name", "value": N}, with "region" if you like. Correct the line, and send all of it again with the same Idempotency-Key: lines that are done are not done again.',
    members: { done: false, line },
  };
}

export function importKeyNeeded(): ProblemFields {
  return {
    ...NOT_DONE,
    status: 400,
    kind: "bad-key",
    title: "Key needed",
    detail: "An import needs an Idempotency-Key: with it, an import that broke off can be sent again.",
    remedy: "Send a UUID of version 7 (RFC 9562), the same one each time for the same lines.",
  };
}
