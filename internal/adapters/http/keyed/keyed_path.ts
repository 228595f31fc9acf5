import type { IncomingMessage, ServerResponse } from "node:http";
import { type KeyId, parseKey } from "../../../core/keys/idempotency_key.ts";
import type { CounterValue, Counting, KeyedOutcome } from "../../../ports/counting.ts";
import type { Gate } from "../access/gate.ts";
import { hasBody } from "../body.ts";
import { leaveIfDraining } from "../connections/draining.ts";
import { counterBetween, remembered } from "../counted_response.ts";
import type { Origins } from "../origins.ts";
import { sendProblem } from "../problem.ts";
import { ReusedHead } from "../reused_head.ts";
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

const HEADERS: readonly string[] = [
  ...["Content-Type", "application/json", "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"],
];

interface KeyedPathDeps {
  readonly counting: Counting;
  readonly origins: Origins;
  readonly gate: Gate;
}

/** The fast path of hits with a key and without a body. Their answers come later, so call `Pipelining.slow` before. */
export class KeyedPath {
  readonly #deps: KeyedPathDeps;
  readonly #head: ReusedHead;
  readonly #counterIn = remembered((url) => counterBetween("/v1/counters/", "/hits", url));
  /** The last response's body, and what it says. */
  #last: CounterValue & { readonly duplicate: boolean; readonly text: string } = {
    ...{ counter: "", value: null, committed: null, pending: 0, duplicate: false, text: "" },
  };

  constructor(deps: KeyedPathDeps) {
    this.#deps = deps;
    this.#head = new ReusedHead([...HEADERS, ...deps.origins.always], "Idempotency-Key");
  }

  /** False if the request is of another kind. It is untouched then. */
  take(req: IncomingMessage, res: ServerResponse): boolean {
    const { counting, origins, gate } = this.#deps;
    const text = keyHeader(req);
    if (text === undefined || req.method !== "POST" || hasBody(req)) return false;
    const counter = this.#counterIn(req.url ?? "");
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
    this.#head.end(res, this.#text(outcome.value, outcome.duplicate), text);
  }

  /** A commit answers many requests at once, and most of them with the same text. */
  #text(value: CounterValue, duplicate: boolean): string {
    if (!isSame(this.#last, value) || this.#last.duplicate !== duplicate)
      this.#last = { ...value, duplicate, text: JSON.stringify(keyedJson(value, duplicate)) };
    return this.#last.text;
  }
}

function isSame(one: CounterValue, other: CounterValue): boolean {
  return one.counter === other.counter && one.committed === other.committed && one.pending === other.pending;
}
