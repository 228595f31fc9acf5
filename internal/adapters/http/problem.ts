import { type ServerResponse, STATUS_CODES } from "node:http";

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** What is wrong with a request (RFC 9457), and what its sender can do. */
export interface ProblemFields {
  readonly status: number;
  /** The last part of `type`, for programs. */
  readonly kind: string;
  readonly title: string;
  /** What is wrong with this request, with the value. */
  readonly detail: string;
  /** What to do. */
  readonly remedy: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the hits of this request are counted; false by default. "unknown" is said, null is not: the failure is ours. */
  readonly counted?: boolean | "unknown" | null;
  /** Where the request would have led. */
  readonly destination?: string;
  /** Other members, in place of `counted`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Thrown by a route. `catchProblems` in `api.ts` turns it into the response. */
export class Problem extends Error {
  readonly fields: ProblemFields;
  constructor(fields: ProblemFields, options?: ErrorOptions) {
    super(fields.detail, options);
    this.name = "Problem";
    this.fields = fields;
  }
}

/** The URN of a kind of problem. */
export function problemType(kind: string): string {
  return `urn:global-cluster:problem:${kind}`;
}

export function problemJson(fields: ProblemFields): string {
  const { kind, title, status, detail, remedy, counted = false, destination, members } = fields;
  const more = members ?? (counted === null ? {} : { counted });
  return JSON.stringify({ type: problemType(kind), title, status, detail, remedy, ...more, destination });
}

/** Headers of every problem: no cache may keep it, and no browser may guess its type. */
export const PROBLEM_HEADERS = {
  "Content-Type": PROBLEM_TYPE,
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
} as const;

/** Lets `shouldKeepAlive` agree with a problem whose headers close the connection. */
export function closeIfSaid(res: ServerResponse, { headers }: ProblemFields): void {
  if (headers?.Connection === "close") res.shouldKeepAlive = false;
}

/** Responds to a request that does not reach koa. */
export function sendProblem(res: ServerResponse, fields: ProblemFields): void {
  const body = problemJson(fields);
  const headers = { ...PROBLEM_HEADERS, "Content-Length": Buffer.byteLength(body), ...fields.headers };
  closeIfSaid(res, fields);
  res.writeHead(fields.status, headers).end(body);
}

/** The whole response as text, for a connection without a request that node:http could read. It says that the connection closes. */
export function rawProblem(fields: ProblemFields): string {
  const body = problemJson(fields);
  return [
    `HTTP/1.1 ${fields.status} ${STATUS_CODES[fields.status] ?? ""}`,
    "Connection: close",
    ...Object.entries(PROBLEM_HEADERS).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    "",
    body,
  ].join("\r\n");
}
