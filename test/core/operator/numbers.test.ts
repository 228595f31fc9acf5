import assert from "node:assert/strict";
import { decide } from "../../../internal/core/operator/decide.ts";
import type { PreviousState } from "../../../internal/core/operator/decision.ts";
import type { Observation } from "../../../internal/core/operator/observation.ts";
import { DEFAULTS, NOW, report, running } from "./samples.ts";

describe("the status has numbers", () => {
  const at = (seconds: number, total: bigint, fields: object = {}) =>
    running({}, { now: NOW + seconds * 1_000, report: report({ at: NOW + seconds * 1_000, total, ...fields }) });
  const last = (...seen: Observation[]) =>
    seen.reduce((before, one) => decide(one, before, DEFAULTS).next, null as PreviousState | null)?.status;

  it("per second, over the last ten seconds", () => {
    assert.equal(last(at(0, 0n))?.ratePerSecond, undefined);
    assert.equal(last(at(0, 0n), at(2, 5n))?.ratePerSecond, 2.5);
    assert.equal(last(at(0, 1_000n), at(4, 1_000n), at(8, 1_000n), at(12, 1_816n))?.ratePerSecond, 102);
    assert.equal(last(at(0, 10n), at(2, 10n))?.ratePerSecond, 0);
  });

  it("per second only while pods report", () => {
    const silent = { ...at(2, 5n), now: NOW + 60_000 };
    assert.equal(last(at(0, 0n), at(2, 5n), silent)?.ratePerSecond, undefined);
  });

  it("beyond what a JSON number holds", () => assert.equal(last(at(0, 2n ** 53n + 1n))?.total, "9007199254740993"));

  it("of the five largest counters", () => {
    const largest = ["f", "e", "d", "c", "b", "a"].map((name, at) => ({ name, total: 2n ** 60n - BigInt(at) }));
    const counters = last(at(0, 9n, { largest }))?.counters;
    assert.deepEqual(
      counters?.map(({ name }) => name),
      ["f", "e", "d", "c", "b"],
    );
    assert.equal(counters?.[1]?.total, "1152921504606846975");
    assert.equal(last(at(0, 0n, { largest: [] }))?.counters, undefined);
  });

  it("of counters that belong to the total, also when a pod that has heard less answers", () => {
    const one = (total: bigint) => ({ largest: [{ name: "blog", total }] });
    assert.deepEqual(last(at(0, 10n, one(10n)), at(2, 9n, one(9n)))?.counters, [{ name: "blog", total: "10" }]);
    assert.deepEqual(last(at(0, 10n, one(10n)), at(2, 12n, one(12n)))?.counters, [{ name: "blog", total: "12" }]);
  });

  it("that never go backwards in one ledger, but may in an adopted one", () => {
    assert.equal(last(at(0, 10n), at(2, 9n))?.total, "10");
    const adopted = last(at(0, 10n), at(2, 9n, { ledger: "second" }));
    assert.deepEqual([adopted?.total, adopted?.ledgerID], ["9", "second"]);
  });

  it("of a ledger only once the store has it", () => {
    const lost = last(at(0, 10n), at(2, 10n, { ledger: "other", store: "lost" }));
    assert.equal(lost?.ledgerID, "first");
    assert.equal(last(at(0, 10n, { store: "founding", ledger: null }))?.ledgerID, undefined);
  });

  it("and their age, which grows while no pod reports", () => {
    assert.equal(last(at(0, 1n, { age: 1.9 }))?.lag, 0);
    assert.equal(last(at(0, 1n, { age: 4.2 }))?.lag, 4);
    assert.equal(last({ ...at(0, 1n, { age: 4.2 }), now: NOW + 60_000 })?.lag, 64);
    assert.equal(last(at(0, 1n, { age: null }))?.lag, undefined);
  });

  it("and the leader, but only while its pod runs", () => {
    const others = running().pods.slice(1);
    assert.equal(last(at(0, 1n))?.leader, "visits-a");
    assert.equal(last(at(0, 1n), { ...at(2, 1n), pods: others })?.leader, undefined);
    assert.equal(last(at(0, 1n), at(2, 1n, { leader: "id of visits-b" }))?.leader, "visits-b");
  });
});
