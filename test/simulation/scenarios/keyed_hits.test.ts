import assert from "node:assert/strict";
import type { KeyedOutcome } from "../../../internal/ports/counting.ts";
import type { SimCluster } from "../cluster.ts";
import type { Machine } from "../machine.ts";
import { begin, endsExactly, followersOf, KINDS, ledgerOf, total } from "./story.ts";

/** Requests with an idempotency key count once, whichever nodes they reach, and are acknowledged when they are committed. */
describe("histories: keyed hits", () => {
  for (const kind of KINDS) {
    it(`(${kind}): a request with a key is counted, acknowledged, and a duplicate when it is sent again`, async () => {
      const cluster = await begin(3, kind);
      const [one, other] = followersOf(cluster);
      const key = cluster.key();
      assert.deepEqual(await answer(cluster, one, key), "counted");
      assert.equal(total(cluster), 1);
      assert.deepEqual(await answer(cluster, other, key), "duplicate");
      assert.equal(ledgerOf(cluster).keyedSum, 1n);
      await endsExactly(cluster);
    });
  }
});

/** What a node answers to a request with this key. */
async function answer(cluster: SimCluster, machine: Machine, key: string, request = {}): Promise<string> {
  let answered: KeyedOutcome | undefined;
  assert.ok(
    cluster.keyedHit(machine, key, request, (outcome) => {
      answered = outcome;
    }),
  );
  assert.ok(await cluster.until(() => answered !== undefined, 12_000), "no answer");
  const outcome = answered as unknown as KeyedOutcome;
  if (outcome.accepted) return outcome.duplicate ? "duplicate" : "counted";
  return `${outcome.reason} ${outcome.counted}`;
}
