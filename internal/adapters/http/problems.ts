import { COUNTER_NAME_FORM } from "../../core/names.ts";
import type { HitRefusal } from "../../ports/counting.ts";
import type { Capacity } from "./connections/capacity.ts";
import { BY_RULE } from "./hit_rule.ts";
import type { ProblemFields } from "./problem.ts";

/** All problems of the interface, except those in `connections/errors.ts`. */

type Reason = HitRefusal["reason"];

export function unknownPath(path: string): ProblemFields {
  return {
    status: 404,
    kind: "unknown-path",
    title: "Nothing is here",
    detail: `There is nothing at ${quoted(path)}.`,
    remedy:
      "GET /openapi.json lists all paths. To count, POST /v1/counters/{name}/hits, or GET /, /badge/{name}.svg or /pixel/{name}.gif.",
  };
}

export function wrongMethod(method: string, path: string, allow: readonly string[]): ProblemFields {
  return {
    status: 405,
    kind: "wrong-method",
    title: "Wrong method",
    detail: `${method} does not work on ${quoted(path)}.`,
    remedy: `Use ${allow.join(" or ")}.`,
    headers: { Allow: allow.join(", ") },
  };
}

export function badName(name: string): ProblemFields {
  return {
    status: 400,
    kind: "bad-name",
    title: "Not a counter name",
    detail: `${quoted(name)} is not a valid name of a counter.`,
    remedy: `Use ${COUNTER_NAME_FORM}.`,
  };
}

export function unknownCounter(name: string): ProblemFields {
  return {
    status: 404,
    kind: "unknown-counter",
    title: "Never counted",
    detail: `${quoted(name)} has never been counted, as far as this node knows.`,
    remedy: `POST /v1/counters/${name}/hits counts its first hit. GET /v1/counters lists all counters.`,
  };
}

export function badHost(host: string): ProblemFields {
  return {
    status: 400,
    kind: "bad-host",
    title: "No address to show",
    detail: `The Host header is ${quoted(host)}, which is not the name of a host.`,
    remedy: "Open this page at the address where others reach it.",
  };
}

export function badQuery(detail: string, remedy: string): ProblemFields {
  return { status: 400, kind: "bad-query", title: "Query not understood", detail, remedy };
}

export function badBody(detail: string, remedy = BY_RULE): ProblemFields {
  return { status: 400, kind: "bad-body", title: "Body not understood", detail, remedy };
}

export function bodyTooLarge(limit: number, remedy: string): ProblemFields {
  return {
    status: 413,
    kind: "body-too-large",
    title: "Body too large",
    detail: `The body is over ${limit} bytes.`,
    remedy,
  };
}

export function notJson(contentType: string | undefined, remedy: string): ProblemFields {
  return {
    status: 415,
    kind: "not-json",
    title: "Not JSON",
    detail: contentType === undefined ? "The body has no Content-Type." : `The body is ${quoted(contentType)}.`,
    remedy: `Send the header Content-Type: application/json, and no Content-Encoding. ${remedy}`,
  };
}

/** A view has all that it says in its query. */
export function bodyNotWanted(): ProblemFields {
  return {
    status: 400,
    kind: "bad-body",
    title: "Body not understood",
    detail: "This request has a body, and a view must not have one.",
    remedy: "Send site, path and visit in the query, and no body.",
  };
}

/** Why a valid hit was not counted. */
export function uncountedHit(reason: Reason, counter: string): ProblemFields {
  return UNCOUNTED[reason](counter);
}

const UNCOUNTED: Readonly<Record<Reason, (counter: string) => ProblemFields>> = {
  draining: () => draining(),
  journal: () => ({
    status: 503,
    kind: "journal",
    title: "Journal not writable",
    detail: "This node could not write the hit to its journal, so it did not count it.",
    remedy: "Send it again: another node may take it. The log of this node says why the write failed.",
    headers: { "Retry-After": "1" },
  }),
  halted: () => ({
    status: 503,
    kind: "halted",
    title: "This node halted",
    detail: "This node found a contradiction in its state and halted, so it did not count the hit.",
    remedy: "Send it again: another node may take it. Restart this node, and report the line in its log.",
  }),
  upgrading: (counter) => ({
    status: 503,
    kind: "upgrading",
    title: "This cluster is being upgraded",
    detail: `${quoted(counter)} has a slash, and this node has not heard yet that all nodes take such names. It did not count the hit.`,
    remedy:
      "Try again in a minute. If that does not help, upgrade nodes of the release 0.1.0: GET /v1/cluster lists all nodes.",
    headers: { "Retry-After": "60" },
  }),
  "too-many-counters": (counter) => ({
    status: 409,
    kind: "too-many-counters",
    title: "Too many counters",
    detail: `${quoted(counter)} would be a new counter, and this cluster takes no more of them.`,
    remedy:
      "Use an existing counter (GET /v1/counters), or have the limit of the cluster raised. If GET /v1/cluster says that the store is nearly full, have it enlarged.",
  }),
  "not-allowed": (counter) => ({
    status: 403,
    kind: "not-allowed",
    title: "Counter not allowed",
    detail: `${quoted(counter)} is not one of the counters that the settings of this cluster allow.`,
    remedy: "Use an allowed name, or have this one added to the settings.",
  }),
};

/** The node has lost its data directory. */
export function directoryMissing(): ProblemFields {
  return {
    status: 503,
    kind: "journal",
    title: "No data directory",
    detail: "This node's data directory was deleted or moved, so it counts no hits.",
    remedy: "Use another node. This one's log tells what is missing.",
    headers: { "Retry-After": "1" },
  };
}

/** The page of another site may not count here. `origin`: empty if the page does not say which. */
export function foreignOrigin(origin: string): ProblemFields {
  const detail = origin === "" ? "This page does not say of which site it is, so it" : `Pages of ${quoted(origin)}`;
  return {
    status: 403,
    kind: "foreign-origin",
    title: "Site not allowed",
    detail: `${detail} may not count here.`,
    remedy:
      origin === ""
        ? "Let the page send its origin (Referrer-Policy: strict-origin), and have it added to the node's setting --allowed-origins."
        : "Have this origin added to the node's setting --allowed-origins.",
  };
}

export function foreignHost(host: string): ProblemFields {
  return {
    status: 421,
    kind: "foreign-host",
    title: "Host not allowed",
    detail: `This node does not answer to the name ${quoted(host)}.`,
    remedy: "Use its own name, or have this one added to the node's setting --allowed-hosts.",
  };
}

export function draining(): ProblemFields {
  return {
    status: 503,
    kind: "draining",
    title: "This node is leaving",
    detail: "This node is draining and takes no more hits.",
    remedy: "Send the request again on a new connection: another node will take it.",
    headers: { "Retry-After": "1", Connection: "close" },
  };
}

/** A new node gets its copy of all totals. */
export function catchingUp(): ProblemFields {
  return {
    status: 503,
    kind: "catching-up",
    title: "Not all counters are known yet",
    detail: "This node is new and has not heard of all counters yet.",
    remedy: "Send the request again in a few seconds, or to another node.",
    headers: { "Retry-After": "5" },
  };
}

/** A program's view of a site that this node has not heard of yet. */
export function viewWhileCatchingUp(): ProblemFields {
  const fields = catchingUp();
  return { ...fields, detail: `${fields.detail} It did not count the view.` };
}

/** Without Retry-After: a hit that is sent again is counted twice. */
export function notCommittedYet(seconds: number): ProblemFields {
  return {
    status: 503,
    kind: "not-committed-yet",
    title: "Counted, not committed yet",
    detail: `The hit is counted, but it was not committed within ${seconds} s.`,
    remedy: "Do not send it again: it will be committed. GET /v1/cluster shows the state of the store.",
    counted: true,
  };
}

/** With Retry-After: nothing was counted. */
export function tooManyWaiting(most: number): ProblemFields {
  return {
    status: 503,
    kind: "too-many-waiting",
    title: "Too many requests wait for a commit",
    detail: `This node already has ${most} requests that wait for a commit, so it did not count the hit.`,
    remedy: "Send it again later, or without wait=committed.",
    headers: { "Retry-After": "1" },
  };
}

export function tooManyStreams({ streams, limit }: Capacity): ProblemFields {
  return {
    ...NO_STREAM,
    status: 503,
    detail: `This node serves at most ${streams} event streams, and cannot serve more${limit === "" ? "" : `: ${limit}`}.`,
  };
}

export function tooManyStreamsOfAddress(most: number): ProblemFields {
  return {
    ...NO_STREAM,
    status: 429,
    detail: `This address already has ${most} event streams on this node. Behind a proxy, all readers may have one address: --trusted-proxies.`,
  };
}

const NO_STREAM = {
  kind: "too-many-streams",
  title: "Too many event streams",
  remedy: "Try again later, or poll GET /v1/counters/{name}.",
  headers: { "Retry-After": "10" },
};

export function ourFault(): ProblemFields {
  return {
    status: 500,
    kind: "our-fault",
    title: "Our fault",
    detail: "The node failed to respond. Its log has the cause.",
    remedy: "Try again. If it fails again, report it with the time of this request.",
    counted: null,
  };
}

const MAX_QUOTED_LENGTH = 160;

/** What a client sent, in quotes, and shortened if it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text);
}
