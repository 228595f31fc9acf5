import { PROBLEM_TYPE } from "../problem.ts";
import { ref, type Schema } from "./schemas.ts";

/** Responses of an operation, by status. */
export type Responses = Readonly<Record<string, object>>;

/** The status and the kinds of each problem. */
const PROBLEMS = {
  badRequest: [400, "bad-name", "bad-query", "bad-body", "bad-key", "key-not-here", "not-http", "no-host", "two-hosts"],
  badAdjustment: [
    400,
    ...(["bad-name", "bad-query", "bad-body", "bad-key", "bad-if-match", "bad-line"] as const),
    ...(["not-http", "no-host", "two-hosts"] as const),
  ],
  badLink: [
    400,
    ...(["bad-name", "bad-query", "bad-body", "bad-key", "bad-destination"] as const),
    ...(["not-http", "no-host", "two-hosts"] as const),
  ],
  badHost: [400, "bad-name", "bad-host", "not-http", "no-host", "two-hosts"],
  unauthorized: [401, "token-needed", "bad-token"],
  adminNeeded: [401, "admin-needed", "bad-token"],
  adminOnly: [403, "admin-needed", "token-not-for-this", "not-allowed"],
  tokenNotForThis: [403, "token-not-for-this"],
  refusedHere: [403, "not-allowed", "foreign-origin", "token-not-for-this", "no-new-counters", "visitors-only"],
  unknownPath: [404, "unknown-path"],
  unknownCounter: [404, "unknown-counter"],
  unknownLink: [404, "unknown-link"],
  tooSlow: [408, "too-slow"],
  tooManyCounters: [409, "too-many-counters"],
  noRoomFor: [409, "too-many-counters", "too-many-deleted"],
  tooManyLinks: [409, "too-many-counters", "too-many-links"],
  generationOver: [412, "generation-over"],
  bodyTooLarge: [413, "body-too-large"],
  notJson: [415, "not-json"],
  notNdjson: [415, "not-ndjson"],
  unknownExpectation: [417, "unknown-expectation"],
  foreignHost: [421, "foreign-host"],
  wrongKey: [422, "key-expired", "key-reused"],
  notAdjusted: [422, "too-large", "key-expired", "key-reused", "key-ahead"],
  tooOften: [429, "too-often", "too-many-streams"],
  headersTooLarge: [431, "headers-too-large"],
  ourFault: [500, "our-fault"],
  notCommitted: [
    503,
    ...(["draining", "journal", "halted", "not-committed-yet", "too-many-waiting"] as const),
    ...(["not-committed", "store-away", "upgrading"] as const),
  ],
  viewNotCounted: [503, "draining", "journal", "halted", "upgrading", "catching-up"],
  notDone: [503, "store-away", "not-committed", "too-many-waiting", "upgrading"],
  notLedOn: [503, "draining", "journal", "halted", "catching-up", "loaded-ahead", "upgrading"],
  storeAway: [503, "store-away"],
  notReady: [503, "draining", "journal", "catching-up"],
  catchingUp: [503, "catching-up"],
  noHistoryYet: [503, "catching-up", "upgrading"],
  halted: [503, "halted"],
  tooManyStreams: [503, "too-many-streams", "draining"],
} as const;

export type ProblemName = keyof typeof PROBLEMS;

/** Any request may get these, most of them before its path matters. */
const EVERYWHERE: readonly ProblemName[] = [
  "badRequest",
  "unauthorized",
  "tooSlow",
  "unknownExpectation",
  "foreignHost",
  "tooOften",
  "headersTooLarge",
  "ourFault",
];

const PROBLEM_MEDIA = PROBLEM_TYPE.split(";", 1)[0] ?? "";

/** 200 with `content`, and problems. */
export function responses(content: object, ...problems: readonly ProblemName[]): Responses {
  const ofProblems = [...EVERYWHERE, ...problems].map((name): [string, object] => {
    const [status, ...kinds] = PROBLEMS[name];
    return [String(status), { ...problemResponse(kinds), ...HEADERS[status] }];
  });
  return { "200": content, ...Object.fromEntries(ofProblems) };
}

/** Headers of problems, by status. */
const HEADERS: Readonly<Record<number, object>> = {
  401: { headers: { "WWW-Authenticate": { description: "RFC 6750, section 3.", schema: { type: "string" } } } },
  429: { headers: { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer", minimum: 1 } } } },
};

function problemResponse(kinds: readonly string[]): object {
  const schema = ref("Problem");
  // A browser that opens the address gets the same text as a page.
  const content = { [PROBLEM_MEDIA]: { schema }, "text/html": { schema: { type: "string" } } };
  return { description: kinds.map((kind) => `\`${kind}\``).join(", "), content };
}

export function json(description: string, schema: Schema): object {
  return { description, content: { "application/json": { schema } } };
}

export function file(description: string, media: string): object {
  return { description, content: { [media]: { schema: { type: "string" } } } };
}

/** An image, which says in a header if it was not counted. */
export function image(description: string, media: string): object {
  const type = { description: "Why nothing was counted; absent if the hit was counted.", schema: { type: "string" } };
  return { ...file(description, media), headers: { "Problem-Type": type } };
}

/** For HEAD: the same statuses, without content. */
export function withoutContent(responses: Responses): Responses {
  const bare = Object.entries(responses).map(([status, response]) => {
    const { content: _, ...rest } = { content: undefined, ...response };
    return [status, rest];
  });
  return Object.fromEntries(bare);
}
