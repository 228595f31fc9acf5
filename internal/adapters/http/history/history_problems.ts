import type { ProblemFields } from "../problem.ts";

/** A ledger of format 1 has no hits by hour. */
export function noDaysYet(): ProblemFields {
  return {
    status: 503,
    kind: "upgrading",
    title: "This cluster is being upgraded",
    detail: "This cluster keeps no hits by hour yet, because not all nodes are known to understand them.",
    remedy:
      "Try again in a minute. If that does not help, upgrade nodes of the release 0.1.0: GET /v1/cluster lists all nodes.",
    headers: { "Retry-After": "60" },
  };
}

/** A new node reads the days from the store. */
export function daysNotRead(): ProblemFields {
  return {
    status: 503,
    kind: "catching-up",
    title: "This node is new",
    detail: "This node has not read the hits by hour from the store yet.",
    remedy:
      "Ask another node, or try again in a moment. While the store is away, only nodes that have read them can answer.",
    headers: { "Retry-After": "1" },
  };
}
