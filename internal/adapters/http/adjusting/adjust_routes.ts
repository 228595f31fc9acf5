import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type Router from "@koa/router";
import type { Context } from "koa";
import { isMemberField } from "../../../core/cluster/member_fields.ts";
import type { KeyId } from "../../../core/keys/idempotency_key.ts";
import { type AdjustmentChange, MAX_ADJUSTED_TOTAL, MAX_REASON_LENGTH } from "../../../core/ledger/adjustment.ts";
import { keyText } from "../../../core/ledger/audit_entries.ts";
import type { Adjusting, AdjustmentOutcome } from "../../../ports/adjusting.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import type { Logger } from "../../../ports/logger.ts";
import { readJson } from "../body.ts";
import { keyOf } from "../keyed/key_header.ts";
import { Problem } from "../problem.ts";
import { counterName, readQuery } from "../query.ts";
import { type TotalJson, totalJson } from "../totals_json.ts";
import { badAdjustment, badIfMatch, notAdjusted } from "./adjust_problems.ts";
import { type Adjusters, mustBeFor } from "./adjusters.ts";
import { routeAudit } from "./audit_route.ts";
import { routeImport } from "./import_route.ts";
import { valueIn } from "./values.ts";

export interface AdjustingDeps {
  readonly counting: Counting;
  readonly adjusting: Adjusting;
  readonly adjusters: Adjusters;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The response to a counter that was set or deleted. */
export interface AdjustedJson {
  readonly counter: string;
  /** What this node shows now: what is committed, and hits that are pending here. */
  readonly value: TotalJson;
  readonly before: TotalJson;
  readonly after: TotalJson;
  readonly pending: number;
  readonly generation: number;
  readonly duplicate: boolean;
  readonly key: string;
}

/** Longest body: a reason may have characters of several bytes. */
const BODY_LIMIT = 8_192;
const SET_RULE = `Send {"value": N, "reason": "..."} with N from 0 to ${MAX_ADJUSTED_TOTAL}, as a string of digits above 2^53 - 1; "region" is possible, too.`;
const DELETE_RULE = 'Send no body, or {"reason": "..."}.';

/** Setting, deleting and importing counters, and what was done: for people with the right `admin`. */
export function routeAdjusting(router: Router, deps: AdjustingDeps): void {
  router.put("/v1/counters/*name", (ctx) =>
    adjust(ctx, deps, async (counter, ifMatch) => {
      const body = await bodyOf(ctx.req, ctx.res, SET_RULE, "value", "reason", "region");
      const value = valueIn(body.value);
      if (value === null) throw new Problem(badAdjustment(`"value" is ${JSON.stringify(body.value)}.`, SET_RULE));
      const region = regionIn(body.region);
      return { change: { action: "set", counter, value, region, ifMatch }, reason: reasonIn(body.reason, SET_RULE) };
    }),
  );
  router.delete("/v1/counters/*name", (ctx) =>
    adjust(ctx, deps, async (counter, ifMatch) => {
      const { reason } = await bodyOf(ctx.req, ctx.res, DELETE_RULE, "reason");
      return { change: { action: "delete", counter, ifMatch }, reason: reasonIn(reason, DELETE_RULE) };
    }),
  );
  routeImport(router, deps);
  routeAudit(router, deps);
}

type Asked = { readonly change: AdjustmentChange; readonly reason: string };

export type DoneOutcome = Extract<AdjustmentOutcome, { done: true }>;

async function adjust(
  ctx: Context,
  deps: AdjustingDeps,
  read: (counter: string, ifMatch: number | null) => Promise<Asked>,
): Promise<void> {
  const { counting, adjusting } = deps;
  const { counter, outcome } = await adjustOnce(ctx, deps, (counter) => read(counter, ifMatchIn(ctx.get("If-Match"))));
  ctx.body = adjustedJson(counter, outcome, counting, adjusting.pending(counter));
}

/** Does what `read` finds in the request, once for all requests with its key. Throws Problem. */
export async function adjustOnce(
  ctx: Context,
  { adjusters, adjusting, clock }: Pick<AdjustingDeps, "adjusters" | "adjusting" | "clock">,
  read: (counter: string) => Promise<Asked>,
): Promise<{ readonly counter: string; readonly outcome: DoneOutcome }> {
  const counter = counterName(ctx.params.name ?? "");
  const adjuster = adjusters.admit(ctx.req);
  readQuery(ctx);
  mustBeFor(adjuster, counter);
  const key = keyOf(ctx.req) ?? newKey(clock.wall());
  ctx.set("Idempotency-Key", keyText(key));
  const { change, reason } = await read(counter);
  const outcome = await adjusting.adjust({ key, who: adjuster.who, reason, change });
  if (outcome.done !== true) throw new Problem(notAdjusted(outcome, JSON.stringify(counter)));
  return { counter, outcome };
}

function adjustedJson(
  counter: string,
  { entry, duplicate }: DoneOutcome,
  counting: Counting,
  pending: number,
): AdjustedJson {
  const reading = counting.read(counter);
  const isShown = (reading?.version ?? 0) >= entry.generation;
  return {
    counter,
    value: totalJson(isShown && reading ? reading.value : entry.after + BigInt(pending)),
    before: totalJson(entry.before),
    after: totalJson(entry.after),
    pending,
    generation: entry.generation,
    duplicate,
    key: keyText(entry.key),
  };
}

/** A UUIDv7 (RFC 9562, section 5.7). `wall`: milliseconds since 1970. */
export function newKey(wall: number): KeyId {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Math.floor(wall), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex");
}

/** The members of a JSON body, which may be left out. Throws Problem if it has others than `names`. */
export async function bodyOf(
  req: IncomingMessage,
  res: ServerResponse,
  remedy: string,
  ...names: string[]
): Promise<Readonly<Record<string, unknown>>> {
  const body = (await readJson(req, res, { limit: BODY_LIMIT, remedy })) ?? {};
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new Problem(badAdjustment("The body is not a JSON object.", remedy));
  const unknown = Object.keys(body).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Problem(badAdjustment(`The body has a member ${JSON.stringify(unknown)}.`, remedy));
  return body as Record<string, unknown>;
}

/** Throws Problem. */
export function reasonIn(reason: unknown, remedy: string): string {
  if (reason === undefined) return "";
  if (typeof reason === "string" && reason.length <= MAX_REASON_LENGTH) return reason;
  throw new Problem(badAdjustment(`"reason" must be text of at most ${MAX_REASON_LENGTH} characters.`, remedy));
}

function regionIn(region: unknown): string | null {
  if (region === undefined || region === null) return null;
  if (typeof region === "string" && isMemberField("region", region)) return region;
  throw new Problem(badAdjustment(`"region" is ${JSON.stringify(region)}, which cannot name one.`, SET_RULE));
}

function ifMatchIn(text: string): number | null {
  if (text === "") return null;
  const [, digits] = /^"(\d{1,15})"$/.exec(text) ?? [];
  if (digits === undefined) throw new Problem(badIfMatch(text));
  return Number(digits);
}
