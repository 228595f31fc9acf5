import assert from "node:assert/strict";
import { sipHash, sipKey } from "../../../internal/core/hash.ts";
import { markOf } from "../../../internal/core/marks/mark.ts";
import { dayOf, endOf, firstOpen, isPeriod, periodAt } from "../../../internal/core/marks/period.ts";

/** Vectors of the authors: key 00 to 0f, input 00, 01, and so on (https://github.com/veorq/SipHash/blob/master/vectors.h). */
describe("SipHash", () => {
  const key = sipKey("03020100070605040b0a09080f0e0d0c");
  const vectors: [length: number, hash: bigint][] = [
    [0, 0x726fdb47dd0e0e31n],
    [1, 0x74f839c593dc67fdn],
    [2, 0x0d6c8009d9a94f5an],
    [3, 0x85676696d7fb7e2dn],
    [8, 0x93f5f5799a932462n],
    [15, 0xa129ca6149be45e5n],
  ];
  for (const [length, hash] of vectors)
    it(`of ${length} bytes`, () => {
      const text = String.fromCharCode(...Array.from({ length }, (_, at) => at));
      const { high, low } = sipHash(text, key);
      assert.equal((BigInt(high) << 32n) | BigInt(low), hash);
    });
});

/** A mark is of one visitor, one counter and one period, and nobody can compute it without the secret. */
describe("a mark", () => {
  const secret = "00112233445566778899aabbccddeeff";
  const visitor = { address: "192.0.2.1", agent: "Firefox" };

  it("is the same on every node, and another one if anything differs", () => {
    const of = (...[on, period, counter, who]: Parameters<typeof markOf>) => markOf(on, period, counter, who);
    const first = of(secret, "day-00000001", "visits", visitor);
    assert.deepEqual(of(secret, "day-00000001", "visits", { ...visitor }), first);
    const others = [
      of("10112233445566778899aabbccddeeff", "day-00000001", "visits", visitor),
      of("00112233445566778899aabbccddeefe", "day-00000001", "visits", visitor),
      of(secret, "day-00000002", "visits", visitor),
      of(secret, "hour-00000001", "visits", visitor),
      of(secret, "day-00000001", "other", visitor),
      of(secret, "day-00000001", "visits", { ...visitor, address: "192.0.2.2" }),
      of(secret, "day-00000001", "visits", { ...visitor, agent: "firefox" }),
      of(secret, "day-00000001", "visits", { address: "192.0.2.1 Fire", agent: "fox" }),
    ];
    for (const other of others) assert.notDeepEqual(other, first);
  });
});

/** Periods are UTC days and hours; a kind's names sort by time. */
describe("a period", () => {
  const time = Date.UTC(2026, 10, 29, 23, 59, 59, 999);

  it("ends with its day or hour", () => {
    assert.equal(endOf(periodAt("day", time)), Date.UTC(2026, 10, 30));
    assert.equal(endOf(periodAt("hour", time)), Date.UTC(2026, 10, 30));
    assert.equal(endOf(periodAt("hour", time - 3_600_000)), Date.UTC(2026, 10, 29, 23));
    assert.equal(periodAt("day", time + 1), "day-00020787");
  });

  it("belongs to a day", () => {
    assert.equal(dayOf(periodAt("hour", time)), periodAt("day", time));
    assert.equal(dayOf(periodAt("day", time)), periodAt("day", time));
    assert.notEqual(dayOf(periodAt("hour", time + 1)), periodAt("day", time));
  });

  it("is open until its end", () => {
    assert.equal(firstOpen("day", time), periodAt("day", time));
    assert.equal(firstOpen("day", time + 1), periodAt("day", time + 1));
    assert.ok(periodAt("hour", time) < firstOpen("hour", time + 1));
  });

  it("has one form", () => {
    for (const text of ["day-1", "day-000000001", "week-00000001", "day-0000000x", "", "day-00000001/"])
      assert.ok(!isPeriod(text), text);
  });
});
