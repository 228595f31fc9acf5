import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_ADDRESSES, RateLimiter, type Rates } from "../../../internal/core/access/rates.ts";

const RATES: Rates = { perAddress: { burst: 3, intervalMs: 100 }, inAll: { burst: 5, intervalMs: 10 } };

/** In any time, an address gets its burst and one more per interval; so do all together. */
describe("rate limiter", () => {
  it("gives a burst at once, and then one per interval, and says how long to wait", () => {
    const limiter = new RateLimiter(RATES);
    const take = (now: number) => limiter.take("a", now);
    assert.deepEqual([0, 0, 0, 0].map(take), [0, 0, 0, 100]);
    assert.deepEqual([take(99), take(100), take(100)], [1, 0, 100]);
    assert.deepEqual([1_000, 1_000, 1_000, 1_000].map(take), [0, 0, 0, 100]);
  });

  it("counts each address for itself, and all together", () => {
    const limiter = new RateLimiter(RATES);
    const taken = ["a", "b", "c", "d", "e", "f"].map((address) => limiter.take(address, 0));
    assert.deepEqual(taken, [0, 0, 0, 0, 0, 10]);
    assert.equal(limiter.take("f", 10), 0);
  });

  it("lets an address that must wait take nothing from the others", () => {
    const limiter = new RateLimiter(RATES);
    for (let times = 0; times < 1_000; times += 1) limiter.take("greedy", 0);
    assert.deepEqual([limiter.take("a", 0), limiter.take("a", 0), limiter.take("a", 0)], [0, 0, 10]);
  });

  it("never gives more than its burst and its rate, however it is asked", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.nat(200)), { maxLength: 200 });
    const property = fc.property(steps, (asked) => {
      const limiter = new RateLimiter(RATES);
      const given: { address: string; at: number }[] = [];
      let now = 0;
      for (const [address, pause] of asked) {
        now += pause;
        if (limiter.take(address, now) === 0) given.push({ address, at: now });
      }
      for (const [from, { at: start }] of given.entries())
        for (const { at: end } of given.slice(from)) {
          const within = given.filter(({ at }) => at >= start && at <= end);
          assert.ok(within.length <= 5 + Math.floor((end - start) / 10));
          for (const one of ["a", "b"])
            assert.ok(within.filter(({ address }) => address === one).length <= 3 + Math.floor((end - start) / 100));
        }
    });
    fc.assert(property);
  });

  it("remembers a bounded number of addresses, and the newest of them", () => {
    const unlimited = { burst: Number.MAX_SAFE_INTEGER, intervalMs: 0 };
    const limiter = new RateLimiter({ perAddress: { burst: 1, intervalMs: 1e9 }, inAll: unlimited });
    for (let index = 0; index < 3 * MAX_ADDRESSES; index += 1) limiter.take(`10.${index}`, 1);
    assert.ok(limiter.size <= MAX_ADDRESSES, `${limiter.size} addresses`);
    assert.ok(limiter.take(`10.${3 * MAX_ADDRESSES - 1}`, 2) > 0);
  });
});
