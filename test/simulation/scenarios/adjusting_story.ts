import assert from "node:assert/strict";
import type { KeyId } from "../../../internal/core/keys/idempotency_key.ts";
import type { AdjustmentChange } from "../../../internal/core/ledger/adjustment.ts";
import type { AdjustmentOutcome } from "../../../internal/ports/adjusting.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";

/** A request for an adjustment, and its answer once there is one: "done", "duplicate", or the reason and what is said of `done`. */
export interface Asked {
  answer: string | null;
}

export function set(value: bigint): AdjustmentChange {
  return { action: "set", counter: "visits", value, region: null, ifMatch: null };
}

export function bring(value: bigint): AdjustmentChange {
  return { action: "import", mode: "add", line: 1, lines: [{ counter: "votes", value, region: null }] };
}

export function ask(cluster: SimCluster, machine: Machine, key: KeyId, change: AdjustmentChange): Asked {
  const asked: Asked = { answer: null };
  const isSent = cluster.adjust(machine, key, change, (outcome) => {
    asked.answer = textOf(outcome);
  });
  assert.ok(isSent, `${machine.name} does not run`);
  return asked;
}

export function answerTo(cluster: SimCluster, machine: Machine, key: KeyId, change: AdjustmentChange): Promise<string> {
  return answerOf(cluster, ask(cluster, machine, key, change));
}

export async function answerOf(cluster: SimCluster, asked: Asked): Promise<string> {
  assert.ok(await cluster.until(() => asked.answer !== null, 14_000), "no answer in 14 s");
  return asked.answer as string;
}

function textOf(outcome: AdjustmentOutcome): string {
  if (outcome.done === true) return outcome.duplicate ? "duplicate" : "done";
  return `${outcome.reason} ${outcome.done}`;
}
