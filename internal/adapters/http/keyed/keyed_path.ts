import type { IncomingMessage, ServerResponse } from "node:http";
import { type KeyId, parseKey } from "../../../core/keys/idempotency_key.ts";
import type { CounterValue, Counting, KeyedOutcome } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { hasBody } from "../body.ts";
import { leaveIfDraining } from "../connections/draining.ts";
import { counterBetween } from "../counted_response.ts";
import type { Origins } from "../origins.ts";
import { sendProblem } from "../problem.ts";
import { type ValueJson, valueJson } from "../totals_json.ts";
import { keyHeader } from "./key_header.ts";
import { uncountedKey } from "./key_problems.ts";

/** The response to a hit with a key. */
export interface KeyedJson extends ValueJson {
  /** Whether the hit was counted before, by an earlier request with its key. */
  readonly duplicate: boolean;
}

export function keyedJson(value: CounterValue, duplicate: boolean): KeyedJson {
  return { ...valueJson(value), duplicate };
}

interface KeyedPathDeps {
  readonly counting: Counting;
  readonly origins: Origins;
  readonly gate: Gate;
}

/** The fast path of hits with a key and without a body. Their answers come later, so call `Pipelining.slow` before. */
export class KeyedPath {
  readonly #deps: KeyedPathDeps;

  constructor(deps: KeyedPathDeps) {
    this.#deps = deps;
  }

  /** False if the request is of another kind. It is untouched then. */
  take(req: IncomingMessage, res: ServerResponse): boolean {
    const { counting, origins, gate } = this.#deps;
    const text = keyHeader(req);
    if (text === undefined || req.method !== "POST" || hasBody(req)) return false;
    const counter = counterBetween("/v1/counters/", "/hits", req.url ?? "");
    const key = parseKey(text);
    if (counter === undefined || key === null) return false;
    if (!origins.admitsPlainly(req) || !gate.passes(req, counter)) return false;
    counting.keyedHit(counter, 1, key, (outcome) => this.#respond(res, outcome, counter, text));
    return true;
  }

  #respond(res: ServerResponse, outcome: KeyedOutcome, counter: string, text: KeyId): void {
    const { counting, origins } = this.#deps;
    if (res.destroyed) return;
    leaveIfDraining(res, counting);
    if (!outcome.accepted) {
      origins.mark(res);
      res.setHeader("Idempotency-Key", text);
      return sendProblem(res, uncountedKey(outcome, counter));
    }
    const body = JSON.stringify(keyedJson(outcome.value, outcome.duplicate));
    res
      .writeHead(200, [
        ...["Content-Type", "application/json", "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"],
        ...origins.always,
        ...["Idempotency-Key", text, "Content-Length", String(body.length)],
      ])
      .end(body, "latin1");
  }
}
