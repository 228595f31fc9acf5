import assert from "node:assert/strict";
import fc from "fast-check";
import { BrokenInvariant } from "../../../internal/core/invariant.ts";
import { type KeyId, timeOfKey } from "../../../internal/core/keys/idempotency_key.ts";
import { KeptKeys } from "../../../internal/core/keys/kept_keys.ts";
import { collectGarbage } from "./collect_garbage.ts";
import { keyAt } from "./keys.ts";

const MINUTE_MS = 60_000;
const WINDOW_MS = 15 * MINUTE_MS;
const PER_SECOND = 1_000;
const MAX_BYTES = 60_000_000;

/** The set of counted keys: what was added and is not forgotten, and little memory. */
describe("kept keys", () => {
  it("are what a naive map has", () => {
    const step = fc.record({
      keys: fc.array(fc.tuple(fc.nat({ max: 300_000 }), fc.nat({ max: 3 }), fc.nat({ max: 2 ** 32 - 1 }))),
      forgetTo: fc.nat({ max: 300_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const kept = new KeptKeys(7);
        const naive = new Map<KeyId, number>();
        let forgottenTo = 0;
        for (const [at, { keys, forgetTo }] of steps.entries()) {
          const added = new Map(keys.map(([time, n, content]) => [keyAt(time, n), content]));
          for (const key of naive.keys()) added.delete(key);
          kept.add(at + 1, added, forgottenTo);
          for (const [key, content] of added) if (timeOfKey(key) > forgottenTo) naive.set(key, content);
          forgottenTo = Math.max(forgottenTo, forgetTo);
          kept.forget(forgottenTo, kept.forgettableTo(forgottenTo));
          for (const key of naive.keys()) if (timeOfKey(key) <= forgottenTo) naive.delete(key);
          const there = [...kept].filter(([key]) => timeOfKey(key) > forgottenTo);
          assert.deepEqual(new Map(there.sort()), new Map([...naive].sort()));
          for (const [key, content] of naive) assert.equal(kept.get(key), content);
          assert.ok(kept.entries.every(({ latest }, i) => i > 0 || latest > forgottenTo));
        }
      }),
    );
  });

  it("are found however often their table has grown", () => {
    const kept = new KeptKeys(3);
    const keys = Array.from({ length: 1_000 }, (_, n) => [keyAt(5, n), n] as const);
    kept.add(1, keys);
    for (const [key, content] of keys) assert.equal(kept.get(key), content);
    assert.equal(kept.get(keyAt(5, 1_000)), undefined);
  });

  it("are never counted twice", () => {
    const kept = new KeptKeys();
    kept.add(1, [[keyAt(5), 1]]);
    assert.throws(() => kept.add(2, [[keyAt(5), 1]]), BrokenInvariant);
    assert.throws(() => kept.add(1, [[keyAt(6), 1]]), BrokenInvariant);
  });

  it("of 15 minutes at 1,000 a second take at most 60 MB, and give it back", () => {
    const before = heldBytes();
    const kept = new KeptKeys(1);
    for (let second = 0; second < WINDOW_MS / 1_000; second++) {
      const keys = Array.from({ length: PER_SECOND }, (_, n) => [keyAt(second * 1_000 + n + 1, n), n] as const);
      kept.add(second + 1, keys);
    }
    assert.equal(kept.size, 900_000);
    const bytes = heldBytes() - before;
    assert.ok(bytes <= MAX_BYTES, `${bytes} bytes`);
    const end = WINDOW_MS + MINUTE_MS;
    kept.forget(end, kept.forgettableTo(end));
    assert.equal(kept.size, 0);
    assert.deepEqual(kept.entries, []);
  });
});

/** Of array buffers that something holds. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
