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
  /** Whether the hits of this request are counted, where one might wonder. */
  readonly counted?: boolean;
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

export function problemJson(fields: ProblemFields): string {
  const { kind, title, status, detail, remedy, counted } = fields;
  return JSON.stringify({ type: `urn:global-cluster:problem:${kind}`, title, status, detail, remedy, counted });
}

/** Answers a request that never reaches koa. */
export function sendProblem(res: ServerResponse, fields: ProblemFields): void {
  const body = problemJson(fields);
  const headers = { "Content-Type": PROBLEM_TYPE, "Content-Length": Buffer.byteLength(body), ...fields.headers };
  res.writeHead(fields.status, headers).end(body);
}

/** The whole answer as bytes, for a connection on which there is no request to answer. It closes the connection. */
export function rawProblem(fields: ProblemFields): string {
  const body = problemJson(fields);
  return [
    `HTTP/1.1 ${fields.status} ${STATUS_CODES[fields.status] ?? ""}`,
    "Connection: close",
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    "",
    body,
  ].join("\r\n");
}
