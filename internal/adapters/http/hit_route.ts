import type { Context } from "koa";
import type { KeyId } from "../../core/keys/idempotency_key.ts";
import type { CounterValue, Counting, HitOutcome, KeyedOutcome, Receipt } from "../../ports/counting.ts";
import type { Gate } from "./access/gate.ts";
import { readHitCount } from "./body.ts";
import type { CommitWaits } from "./commit_waits.ts";
import { keyOf } from "./keyed/key_header.ts";
import { uncountedKey } from "./keyed/key_problems.ts";
import { type KeyedJson, keyedJson } from "./keyed/keyed_path.ts";
import type { Origins } from "./origins.ts";
import { Problem } from "./problem.ts";
import { notCommittedYet, uncountedHit } from "./problems.ts";
import { counterName, readQuery, waitsForCommit } from "./query.ts";
import { valueJson } from "./totals_json.ts";

/** How long `?wait=committed` waits by default. */
export const COMMIT_DEADLINE_MS = 10_000;

export interface HitRouteDeps {
  readonly counting: Counting;
  readonly origins: Origins;
  readonly waits: CommitWaits;
  readonly gate: Gate;
  /** How long to wait for a transaction, in milliseconds. */
  readonly commitDeadline: number;
}

/** `POST /v1/counters/{name}/hits` with a body or a query. The fast path handles the others. Throws Problem and ClientGone. */
export async function countHits(ctx: Context, deps: HitRouteDeps): Promise<void> {
  const { counting, origins, gate, commitDeadline: deadline } = deps;
  const counter = counterName(ctx.params.name ?? "");
  const waits = waitsForCommit(readQuery(ctx, "wait").wait);
  origins.mustAdmit(ctx);
  const token = gate.identify(ctx.req);
  const key = keyOf(ctx.req);
  if (key !== null) ctx.set("Idempotency-Key", ctx.get("Idempotency-Key"));
  const admitted = async () => {
    const by = await readHitCount(ctx.req, ctx.res);
    gate.admitHits(ctx.req, token, counter, by, key);
    return by;
  };
  if (key !== null) {
    ctx.body = await keyedBody(counting, counter, await admitted(), key);
    return;
  }
  const count = async () => accepted(counting, counter, await admitted());
  const countAndWait = async () => {
    const { value, receipt } = await count();
    return committedValue(counting, value, receipt, deadline);
  };
  ctx.body = valueJson(waits ? await deps.waits.run(countAndWait) : (await count()).value);
}

/** A hit with a key waits for its commit anyway, and the node bounds how many wait. */
async function keyedBody(counting: Counting, counter: string, by: number, key: KeyId): Promise<KeyedJson> {
  const outcome = await new Promise<KeyedOutcome>((resolve) => counting.keyedHit(counter, by, key, resolve));
  if (!outcome.accepted) throw new Problem(uncountedKey(outcome, counter));
  return keyedJson(outcome.value, outcome.duplicate);
}

async function accepted(counting: Counting, counter: string, by: number) {
  const outcome = await new Promise<HitOutcome>((resolve) => counting.hit(counter, by, resolve));
  if (!outcome.accepted) throw new Problem(uncountedHit(outcome.reason, counter));
  return outcome;
}

async function committedValue(counting: Counting, value: CounterValue, receipt: Receipt, deadline: number) {
  if (!(await counting.committed(receipt, deadline))) throw new Problem(notCommittedYet(deadline / 1000));
  return counting.read(value.counter) ?? value;
}
