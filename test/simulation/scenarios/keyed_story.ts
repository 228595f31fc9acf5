import assert from "node:assert/strict";
import type { KeyId } from "../../../internal/core/keys/idempotency_key.ts";
import type { KeyedOutcome } from "../../../internal/ports/counting.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { begin, ledgerOf, total } from "./story.ts";

/** A request with a key, and its answer once there is one: "counted", "duplicate", or the reason and what is said of `counted`. */
export interface Sent {
  answer: string | null;
}

/** A cluster as `begin` makes it, whose ledger has a format that has keys. */
export async function beginKeyed(...options: Parameters<typeof begin>): Promise<SimCluster> {
  const cluster = await begin(...options);
  assert.ok(await cluster.until(() => ledgerOf(cluster).layout !== null, 10_000), "the ledger is not converted");
  await cluster.run(500);
  return cluster;
}

export function send(
  cluster: SimCluster,
  machine: Machine,
  key: KeyId,
  content: { counter?: string; by?: number } = {},
): Sent {
  const sent: Sent = { answer: null };
  const isSent = cluster.keyedHit(machine, key, content, (outcome) => {
    sent.answer = textOf(outcome);
  });
  assert.ok(isSent, `${machine.name} does not run`);
  return sent;
}

/** The answer to a request that is sent now. */
export async function answerTo(
  cluster: SimCluster,
  machine: Machine,
  key: KeyId,
  content: { counter?: string; by?: number } = {},
): Promise<string> {
  return answerOf(cluster, send(cluster, machine, key, content));
}

export async function answerOf(cluster: SimCluster, sent: Sent): Promise<string> {
  assert.ok(await cluster.until(() => sent.answer !== null, 12_000), "no answer in 12 s");
  return sent.answer as string;
}

/** Until the store has one hit more, at the very moment: the leader does not know yet. */
export async function untilCounted(cluster: SimCluster): Promise<void> {
  const before = total(cluster);
  assert.ok(await cluster.until(() => total(cluster) > before, 8_000), "nothing was counted");
}

/** The wall clocks of these machines jump. */
export function jump(machines: readonly Machine[], ms: number): void {
  for (const { life } of machines) if (life) life.clock.wallError += ms;
}

function textOf(outcome: KeyedOutcome): string {
  if (outcome.accepted) return outcome.duplicate ? "duplicate" : "counted";
  return `${outcome.reason} ${outcome.counted}`;
}
