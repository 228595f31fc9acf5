import type { IncomingMessage, ServerResponse } from "node:http";
import { isHitCount } from "../../core/names.ts";
import { BY_RULE } from "./hit_rule.ts";
import { Problem } from "./problem.ts";
import { badBody, bodyTooLarge, notJson } from "./problems.ts";

const BODY_LIMIT = 1024;

/** The client closed its connection before its request was complete. Nothing is counted, and there is nobody to respond to. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/**
 * How many hits the body of a request asks for: one if it has no body. Sends `100 Continue` to a client that waits for it. Throws
 * Problem and ClientGone.
 */
export async function readHitCount(req: IncomingMessage, res: ServerResponse): Promise<number> {
  const body = await readJson(req, res, { limit: BODY_LIMIT, remedy: BY_RULE });
  return body === undefined ? 1 : hitCountIn(body);
}

/** What a body may be. */
export interface BodyRules {
  /** Bytes. */
  readonly limit: number;
  /** What to send, for a client that sent something else. */
  readonly remedy: string;
}

/**
 * The JSON body of a request; undefined: it has none. Sends `100 Continue` to a client that waits for it. Throws Problem and ClientGone.
 */
export async function readJson(req: IncomingMessage, res: ServerResponse, rules: BodyRules): Promise<unknown> {
  // With the server's `optimizeEmptyRequests`, a request without a body never emits `end`.
  if (!hasBody(req)) return undefined;
  const { limit, remedy } = rules;
  if (Number(req.headers["content-length"] ?? 0) > limit) throw new Problem(bodyTooLarge(limit, remedy));
  if (req.headers.expect !== undefined) {
    // A client that was asked for its body must not be told then that it is of the wrong type.
    requireJson(req, remedy);
    res.writeContinue();
  }
  const body = await readBody(req, rules);
  if (body.length === 0) return undefined;
  requireJson(req, remedy);
  return parse(body, remedy);
}

/** The fields of a form that a browser sends. Throws Problem and ClientGone. */
export async function readForm(req: IncomingMessage, limit: number): Promise<URLSearchParams> {
  const remedy = "Send the form as the page has it.";
  const [type = ""] = (req.headers["content-type"] ?? "").split(";", 1);
  if (type.trim().toLowerCase() !== "application/x-www-form-urlencoded")
    throw new Problem({ ...badBody(`The body is ${JSON.stringify(type)}, and not a form.`, remedy), status: 415 });
  return new URLSearchParams((await readBody(req, { limit, remedy })).toString("utf8"));
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return (length !== undefined && length !== "0") || headers["transfer-encoding"] !== undefined;
}

function readBody(req: IncomingMessage, { limit, remedy }: BodyRules): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    req.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) reject(new Problem(bodyTooLarge(limit, remedy)));
      else chunks.push(chunk);
    });
    req.on("end", () => resolve(Buffer.concat(chunks)));
    req.on("error", (error) => reject(new ClientGone("The connection broke", { cause: error })));
    req.on("close", () => reject(new ClientGone("The connection closed")));
  });
}

function requireJson({ headers }: IncomingMessage, remedy: string): void {
  const type = headers["content-type"];
  const plain = headers["content-encoding"] === undefined;
  if (!plain) throw new Problem(notJson(`${headers["content-encoding"]}-encoded`, remedy));
  if (type?.split(";", 1)[0]?.trim().toLowerCase() !== "application/json") throw new Problem(notJson(type, remedy));
}

function parse(body: Buffer, remedy: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new Problem(badBody("The body is not JSON in UTF-8.", remedy), { cause: error });
  }
}

function hitCountIn(body: unknown): number {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Problem(badBody("The body is not a JSON object."));
  }
  const unknown = Object.keys(body).find((key) => key !== "by");
  if (unknown !== undefined) throw new Problem(badBody(`The body has a member ${JSON.stringify(unknown)}.`));
  const by: unknown = "by" in body ? body.by : 1;
  if (!isHitCount(by)) throw new Problem(badBody(`"by" is ${JSON.stringify(by)}.`));
  return by;
}
