import assert from "node:assert/strict";
import type { ClusterJson } from "../../internal/adapters/http/cluster_json.ts";
import type { ReadingJson } from "../../internal/adapters/http/totals_json.ts";
import { proxied } from "./kubectl.ts";
import { type LoadOptions, type Sent, startLoad, stopLoad } from "./load.ts";
import { until } from "./programs.ts";

/** A total that has not changed for so long is final: there is a round each second. */
const SETTLED_MS = 2_500;

/** Sends hits while `act` runs, and asserts that they were counted exactly. Resolves to what became of them. */
export async function countsExactlyWhile(load: LoadOptions, act: () => Promise<unknown>): Promise<Sent> {
  await startLoad(load);
  let sent: Sent;
  try {
    await act();
  } finally {
    sent = await stopLoad(load.counter);
  }
  await expectExact(load.namespace, load.counter, sent);
  return sent;
}

/** Asserts that every hit was answered and none was refused. */
export function expectAllAnswered({ refused, unanswered, why }: Sent): void {
  assert.deepEqual({ refused, unanswered }, { refused: 0, unanswered: 0 }, JSON.stringify(why));
}

/** Asserts acknowledged <= counted <= acknowledged + unanswered. */
export async function expectExact(namespace: string, counter: string, sent: Sent): Promise<void> {
  const what = `${counter}: ${JSON.stringify(sent)}`;
  assert.ok(sent.acknowledged > 0, `no hit of ${what} was acknowledged: that tests nothing`);
  const counted = await settled(namespace, counter, sent.acknowledged);
  assert.ok(
    counted >= sent.acknowledged,
    `${sent.acknowledged - counted} hits were lost: ${counted} counted of ${what}`,
  );
  const most = sent.acknowledged + sent.unanswered;
  assert.ok(counted <= most, `${counted - most} hits were counted twice: ${counted} counted of ${what}`);
}

/** The committed total once it no longer changes and has reached `least`, or after a minute. */
async function settled(namespace: string, counter: string, least: number): Promise<number> {
  let last = { total: -1, since: 0 };
  const giveUp = performance.now() + 60_000;
  return until(`${counter} no longer changes`, 180, async () => {
    const total = await committed(namespace, counter);
    const now = performance.now();
    if (total !== last.total) last = { total, since: now };
    const still = now - last.since > SETTLED_MS;
    return still && (total >= least || now > giveUp) ? total : null;
  });
}

/** Committed hits, as any pod of the service knows them. */
export async function committed(namespace: string, counter: string): Promise<number> {
  const { committed } = await proxied<ReadingJson>(namespace, "services/visits:80", `/v1/counters/${counter}`);
  return Number(committed ?? 0);
}

/** The cluster as any pod of the service sees it. */
export function clusterState(namespace: string): Promise<ClusterJson> {
  return proxied<ClusterJson>(namespace, "services/visits:80", "/v1/cluster");
}
