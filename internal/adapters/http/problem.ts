import { type ServerResponse, STATUS_CODES } from "node:http";

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** What went wrong with a request, in the words of RFC 9457, and what its sender can do about it. */
export interface ProblemFields {
  readonly status: number;
  /** Names the kind of problem, for programs; part of `type`. */
  readonly kind: string;
  readonly title: string;
  /** What was wrong with this request, with the offending value. */
  readonly detail: string;
  /** What to do. */
  readonly remedy: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the hits of this request are counted; they are not unless given. Null: nobody can tell. */
  readonly counted?: boolean | null;
}

/** Thrown by a route; `answerProblems` in `api.ts` turns it into the answer. */
export class Problem extends Error {
  readonly fields: ProblemFields;
  constructor(fields: ProblemFields, options?: ErrorOptions) {
    super(fields.detail, options);
    this.name = "Problem";
    this.fields = fields;
  }
}

/** A URN for programs: what kind of problem it is. */
export function problemType(kind: string): string {
  return `urn:global-cluster:problem:${kind}`;
}

export function problemJson(fields: ProblemFields): string {
  const { kind, title, status, detail, remedy, counted = false } = fields;
  const told = counted === null ? {} : { counted };
  return JSON.stringify({ type: problemType(kind), title, status, detail, remedy, ...told });
}

/** What every answer has that tells of a problem: no proxy may keep it, and no browser guess what it is. */
export const PROBLEM_HEADERS = {
  "Content-Type": PROBLEM_TYPE,
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
} as const;

/** Answers a request that never reaches koa. */
export function sendProblem(res: ServerResponse, fields: ProblemFields): void {
  const body = problemJson(fields);
  const headers = { ...PROBLEM_HEADERS, "Content-Length": Buffer.byteLength(body), ...fields.headers };
  res.writeHead(fields.status, headers).end(body);
}

/** The whole answer as bytes, for a connection on which there is no request to answer. It closes the connection. */
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
