import type { KeyedRefusal } from "../../../ports/counting.ts";
import type { ProblemFields } from "../problem.ts";
import { quoted, uncountedHit } from "../problems.ts";

const SAME_KEY = "Send it again with the same key.";

export function badKey(text: string): ProblemFields {
  return {
    status: 400,
    kind: "bad-key",
    title: "Not a key",
    detail: `The Idempotency-Key is ${quoted(text)}.`,
    remedy: "Use a UUID of version 7 (RFC 9562), once and without quotes.",
  };
}

export function keyNotHere(): ProblemFields {
  return {
    status: 400,
    kind: "key-not-here",
    title: "No key here",
    detail: "This request counts at once, so its Idempotency-Key has no effect.",
    remedy: "Use POST /v1/counters/{name}/hits, or leave the header out.",
  };
}

/** Why a hit with a key was not acknowledged. */
export function uncountedKey(outcome: KeyedRefusal, counter: string): ProblemFields {
  const counted = outcome.counted;
  switch (outcome.reason) {
    case "expired":
      return { ...EXPIRED, counted };
    case "reused":
      return REUSED;
    case "no-keys-yet":
      return upgrading(outcome.waitsFor);
    case "store-away":
      return STORE_AWAY;
    case "too-many-waiting":
      return TOO_MANY;
    case "not-answered":
      return counted === false ? NOT_OFFERED : NOT_ANSWERED;
    default:
      return uncountedHit(outcome.reason, counter);
  }
}

const EXPIRED = {
  status: 422,
  kind: "key-expired",
  title: "Key expired",
  detail: "The time in the Idempotency-Key is so long ago that the cluster has forgotten keys of that time.",
  remedy:
    "Send the hit with a new key, if every response to the old one said counted: false. Otherwise the hit may have been counted. If the key was new, correct the clock of the client.",
} as const;

const REUSED: ProblemFields = {
  status: 422,
  kind: "key-reused",
  title: "Key used for another hit",
  detail: "A request with this Idempotency-Key was counted, for another counter or another number of hits.",
  remedy: "Use a new key for each hit, and the same one only to send that hit again.",
  counted: false,
};

const LATER = {
  status: 503,
  remedy: SAME_KEY,
  headers: { "Retry-After": "1" },
  counted: false,
} as const;

const STORE_AWAY: ProblemFields = {
  ...LATER,
  kind: "store-away",
  title: "The store takes no commits",
  detail: "A hit with a key is acknowledged when it is committed, and the store is not available.",
};

const TOO_MANY: ProblemFields = {
  ...LATER,
  kind: "too-many-waiting",
  title: "Too many requests wait for a commit",
  detail: "This node already has as many requests with keys as may wait for a commit.",
};

const NOT_OFFERED: ProblemFields = {
  ...LATER,
  kind: "not-committed",
  title: "Not committed",
  detail: "This node heard no leader in time, so the hit was not counted.",
};

const NOT_ANSWERED: ProblemFields = {
  status: 503,
  kind: "not-committed",
  title: "Not known to be committed",
  detail:
    "No leader said in time whether the hit was counted. The time in its key may be ahead of the cluster's clocks.",
  remedy: `${SAME_KEY} It counts once.`,
  headers: { "Retry-After": "1" },
  counted: "unknown",
};

function upgrading(waitsFor: readonly string[]): ProblemFields {
  const nodes = waitsFor.length === 0 ? "" : ` It waits for ${waitsFor.join(", ")}.`;
  return {
    status: 503,
    kind: "upgrading",
    title: "The cluster is being upgraded",
    detail: `This cluster takes keys when all nodes have been of a release after 0.1.0 for a minute.${nodes}`,
    remedy: `${SAME_KEY} Upgrade nodes of the release 0.1.0.`,
    headers: { "Retry-After": "5" },
    counted: false,
  };
}
