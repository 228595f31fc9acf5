import assert from "node:assert/strict";
import { getHeapStatistics } from "node:v8";
import { runInNewContext } from "node:vm";
import { compactHeap } from "../../../internal/adapters/system/compact_heap.ts";

const MB = 1_000_000;

describe("compacting the heap", () => {
  it("gives the memory of all garbage back", () => {
    let objects: object[] | null = Array.from({ length: 1_000_000 }, (_, i) => ({ at: i + 0.5 }));
    const full = getHeapStatistics().total_physical_size;
    assert.equal(objects.length, 1_000_000);
    objects = null;
    compactHeap();
    const left = getHeapStatistics().total_physical_size;
    assert.ok(left < full - 30 * MB, `${left} of ${full} bytes are left`);
  });

  it("leaves V8's flags as they were", () => {
    compactHeap();
    assert.equal(runInNewContext("typeof gc"), "undefined");
  });
});
